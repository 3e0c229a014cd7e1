import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

import { addLineSchema } from "@ipfs-kit/core/wire";
import { mediaFixture } from "@ipfs-kit/testing";
import { expect, it } from "vitest";

import { openViewer } from "../support/page-viewer.ts";
import { useStage } from "../support/stage.ts";
import { watch } from "../support/watch.ts";

/** In full: `MEMORY_MIB=2048`. */
const SIZE_MIB = Number(process.env["MEMORY_MIB"] ?? 128);
const MIB = 2 ** 20;
/** More than the buffers on the way (group commit, read-ahead) and a heap between two collections; far less than the file. */
const GROWTH_LIMIT_MIB = 256;

const BOUNDARY = "ipfs-kit-e2e";

/** A playable MP4 of the wanted size: a small one, then a `free` box (ISO/IEC 14496-12, 8.1.2) of noise. */
async function* bigVideo(): AsyncGenerator<Uint8Array> {
  yield await readFile(await mediaFixture("mp4-h264-baseline-opus"));
  const header = Buffer.alloc(16);
  header.writeUInt32BE(1, 0); // the size follows as 64 bit
  header.write("free", 4, "latin1");
  header.writeBigUInt64BE(BigInt(16 + SIZE_MIB * MIB), 8);
  yield header;
  for (let index = 0; index < SIZE_MIB; index += 1) yield randomFillSync(new Uint8Array(MIB));
}

async function* multipart(): AsyncGenerator<Uint8Array> {
  const disposition = 'Content-Disposition: form-data; name="file"; filename="big.mp4"';
  yield Buffer.from(`--${BOUNDARY}\r\n${disposition}\r\nContent-Type: video/mp4\r\n\r\n`);
  yield* bigVideo();
  yield Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
}

const stage = useStage();

async function upload(): Promise<string> {
  const sending = request(`${stage.http}/api/v0/add`, {
    method: "POST",
    headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
  });
  const answered = once(sending, "response");
  await pipeline(Readable.from(multipart()), sending);
  const [answer]: unknown[] = await answered;
  if (!(answer instanceof IncomingMessage)) throw new TypeError("There was no answer.");
  return text(answer);
}

/** The server's memory and its highest so far, in MiB. */
async function memory(): Promise<{ now: number; most: number }> {
  const status = await readFile(`/proc/${stage.server.ready.pid}/status`, "utf8");
  const field = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024;
  return { now: field("VmRSS"), most: field("VmHWM") };
}

it.skipIf(process.platform !== "linux")(
  `adds and plays a file of ${SIZE_MIB} MiB in constant memory (needs Linux's /proc)`,
  async () => {
    const { now: before } = await memory();
    const startedAt = performance.now();
    const line = addLineSchema.parse(JSON.parse(await upload()));
    const seconds = (performance.now() - startedAt) / 1_000;
    const added = await memory();
    const viewer = await openViewer(stage.page, { url: stage.url, cid: line.Hash ?? "" });
    expect(await viewer.evaluate(({ error }) => error)).toBeUndefined();
    const { before: first, after } = await watch(viewer, 2_000);
    expect(after.framesDecoded - first.framesDecoded).toBeGreaterThan(30);
    await viewer.evaluate((view) => view.leave());
    const played = await memory();
    console.info(
      `${SIZE_MIB} MiB in ${seconds.toFixed(1)} s; server memory: ${before.toFixed(0)} MiB before, ` +
        `at most ${added.most.toFixed(0)} while adding, at most ${played.most.toFixed(0)} after playing`,
    );
    expect(played.most - before).toBeLessThan(GROWTH_LIMIT_MIB);
  },
  60_000 + SIZE_MIB * 200,
);
