import { once } from "node:events";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { createKuboStore } from "@ipfs-kit/content-kubo";
import { CID, IpfsKitError, RAW } from "@ipfs-kit/core";
import { identity } from "multiformats/hashes/identity";
import { expect, it, onTestFinished } from "vitest";

setFlagsFromString("--expose-gc");
const collectHeap: () => void = runInNewContext("gc");

/** Pins to list; a long battery sets more. */
const PINS = Number(process.env["KUBO_PINS"] ?? "100000");
const MIB = 1024 * 1024;
/** A multiple of the 1000 on a page: a full collection takes a while. */
const PINS_BETWEEN_LOOKS = 10_000;
/** What the pins picked out of one pass take. */
const MAX_GROWTH = 48 * MIB;

it(
  `lists ${PINS} pins, each once and in order, in memory that does not grow with them`,
  { timeout: 60_000 + PINS },
  async () => {
    const texts = Array.from({ length: PINS }, (_, index) => identityCid(index));
    const api = await serve(texts);
    await using store = createKuboStore({ api });
    await store.start();
    const before = memory();
    let highest = 0;
    let count = 0;
    let last = "";
    for (let cursor: string | undefined = ""; cursor !== undefined;) {
      const page = await store.listPins({ limit: 1000, ...(cursor === "" ? {} : { cursor }) });
      for (const { cid } of page.pins) {
        const text = cid.toString();
        if (text <= last) throw new IpfsKitError("internal", `${text} after ${last}`);
        last = text;
      }
      count += page.pins.length;
      cursor = page.nextCursor;
      if (count % PINS_BETWEEN_LOOKS === 0) highest = Math.max(highest, memory());
    }
    expect(count).toBe(PINS);
    expect(highest - before).toBeLessThan(MAX_GROWTH);
  },
);

/** Identity CIDs: their sizes are known without a block. Not in the order they are listed in. */
function identityCid(index: number): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, Math.sin(index + 1));
  return CID.createV1(RAW, identity.digest(bytes)).toString();
}

/** A Kubo that has these pins, and lists them as Kubo does: all, from the start, in its own order. */
async function serve(texts: readonly string[]): Promise<string> {
  function* lines(): Generator<string> {
    for (let at = 0; at < texts.length; at += 500) {
      yield texts
        .slice(at, at + 500)
        .map((text) => `{"Cid":"${text}","Type":"recursive","Name":"a name"}\n`)
        .join("");
    }
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname === "/api/v0/version") return response.end('{"Version":"0.39.0"}');
    if (url.searchParams.get("type") === "direct") return response.end();
    return Readable.from(lines()).pipe(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : address}`;
}

/** Bytes of the heap that are in use, without garbage. */
function memory(): number {
  collectHeap();
  return process.memoryUsage().heapUsed;
}
