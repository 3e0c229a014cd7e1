import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { get, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

import { addLineSchema, type Ready } from "@ipfs-kit/core/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { BODY_END, partHead, PART_END, UPLOAD_TYPE } from "./support/multipart.ts";
import { forgetPeak, residentMiB } from "./support/process-level.ts";
import { hashOfSeeded, seededStream } from "./support/seeded-stream.ts";
import { type SpawnedServer, spawnServer } from "./support/spawn-server.ts";
import { endCleanly } from "./support/unharmed.ts";

const MIB = 1024 * 1024;
/** In full: `IPFS_KIT_STREAM_MIB=4096`. */
const SIZE_MIB = Number(process.env["IPFS_KIT_STREAM_MIB"] ?? 256);
const SIZE = SIZE_MIB * MIB;
const GROWTH_LIMIT_MIB = 64;
/** Fills the cache in memory, and whatever else is there once and for all. */
const WARM_UP = 96 * MIB;
const TIMEOUT_MS = 60_000 + SIZE_MIB * 100;

let directory: string;
let server: SpawnedServer;
let ready: Ready;
let cid: string;

async function upload(size: number, seed: number): Promise<string> {
  function* body(): Generator<Buffer, void> {
    yield Buffer.from(partHead("large.bin"));
    yield* seededStream(size, seed);
    yield Buffer.from(PART_END + BODY_END);
  }
  const sending = request(`${ready.http}/api/v0/add`, {
    method: "POST",
    headers: { "content-type": UPLOAD_TYPE },
  });
  const answered = once(sending, "response");
  await pipeline(Readable.from(body()), sending);
  const [answer]: unknown[] = await answered;
  if (!(answer instanceof Readable)) throw new TypeError("There was no answer.");
  return addLineSchema.parse(JSON.parse(await text(answer))).Hash ?? "";
}

interface Downloaded {
  bytes: number;
  hash: string;
}

async function download(url: string, method: "GET" | "POST"): Promise<Downloaded> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asking = method === "GET" ? get(url, resolve) : request(url, { method }, resolve).end();
  asking.on("error", reject);
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of await promise) {
    if (!(piece instanceof Buffer)) throw new TypeError("That is no part of a body.");
    bytes += piece.length;
    hash.update(piece);
  }
  return { bytes, hash: hash.digest("hex") };
}

/** What the work added to the server's memory at its highest, in MiB. */
async function growthOf(work: () => Promise<unknown>): Promise<number> {
  const { now } = await residentMiB(ready.pid);
  await forgetPeak(ready.pid);
  await work();
  const { most } = await residentMiB(ready.pid);
  console.info(`${SIZE_MIB} MiB: ${now.toFixed(0)} MiB before, at most ${most.toFixed(0)}`);
  return most - now;
}

describe.skipIf(process.platform !== "linux")(
  `a stream of ${SIZE_MIB} MiB takes no more memory than a small one (needs Linux's /proc)`,
  { timeout: TIMEOUT_MS },
  () => {
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "streams-"));
      server = spawnServer(["--persistence-path", directory, "--port", "0", "--log-level", "warn"]);
      ready = await server.ready;
      const warm = await upload(WARM_UP, 1);
      await download(`${ready.http}/api/v0/cat?arg=${warm}`, "POST");
      await download(`${ready.gateway}/ipfs/${warm}`, "GET");
    }, TIMEOUT_MS);

    afterAll(async () => {
      await endCleanly({ server });
      await rm(directory, { recursive: true, force: true });
    }, TIMEOUT_MS);

    it("up", async () => {
      const growth = await growthOf(async () => (cid = await upload(SIZE, 2)));

      expect(growth).toBeLessThan(GROWTH_LIMIT_MIB);
    });

    it.each([
      ["by Kubo's API", () => `${ready.http}/api/v0/cat?arg=${cid}`, "POST" as const],
      ["from the gateway", () => `${ready.gateway}/ipfs/${cid}`, "GET" as const],
    ])("down %s, the same bytes", async (_where, url, method) => {
      const downloaded: Downloaded[] = [];
      const growth = await growthOf(async () => downloaded.push(await download(url(), method)));

      expect(downloaded).toEqual([{ bytes: SIZE, hash: hashOfSeeded(SIZE, 2) }]);
      expect(growth).toBeLessThan(GROWTH_LIMIT_MIB);
    });
  },
);
