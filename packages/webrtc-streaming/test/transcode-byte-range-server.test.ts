import { setImmediate as nextTurn } from "node:timers/promises";

import { expect, test } from "vitest";

import { parseByteRange, serveByteRanges } from "../src/transcode/byte-range-server.ts";
import { bytesInput } from "./transcode-helpers.ts";

/** What fetch says about answers that break off, and about servers that are gone. */
const BROKEN = /terminated|fetch failed/u;
const bytes = Uint8Array.from({ length: 100 }, (_, at) => at);

test.each([
  { header: undefined, range: undefined },
  { header: "bytes=0-", range: { first: 0, last: 99 } },
  { header: "bytes=10-19", range: { first: 10, last: 19 } },
  { header: "bytes=90-500", range: { first: 90, last: 99 } },
  { header: "bytes=-5", range: { first: 95, last: 99 } },
  { header: "bytes=-500", range: { first: 0, last: 99 } },
  { header: "bytes=-0", range: "unsatisfiable" },
  { header: "bytes=100-", range: "unsatisfiable" },
  { header: "bytes=20-10", range: undefined },
  { header: "bytes=0-1,5-6", range: undefined },
  { header: "bytes=-", range: undefined },
  { header: "lines=0-1", range: undefined },
])("reads the range $header", ({ header, range }) => {
  expect(parseByteRange(header, 100)).toEqual(range);
});

test("serves the bytes asked for", async () => {
  let sent = 0;
  await using server = await serveByteRanges({
    input: bytesInput(bytes),
    onBytes: (count) => (sent += count),
  });
  const whole = await fetch(server.url);
  expect(whole.status).toBe(200);
  expect(new Uint8Array(await whole.arrayBuffer())).toEqual(bytes);
  const part = await fetch(server.url, { headers: { Range: "bytes=10-12" } });
  expect(part.status).toBe(206);
  expect(part.headers.get("Content-Range")).toBe("bytes 10-12/100");
  expect([...new Uint8Array(await part.arrayBuffer())]).toEqual([10, 11, 12]);
  const head = await fetch(server.url, { method: "HEAD" });
  expect(head.headers.get("Content-Length")).toBe("100");
  expect(sent).toBe(103);
});

test("answers nothing else", async () => {
  await using server = await serveByteRanges({ input: bytesInput(bytes) });
  expect((await fetch(new URL("/", server.url))).status).toBe(404);
  expect((await fetch(`${server.url}x`)).status).toBe(404);
  expect((await fetch(server.url, { method: "POST" })).status).toBe(405);
  expect((await fetch(server.url, { headers: { Range: "bytes=100-" } })).status).toBe(416);
  expect(new URL(server.url).pathname.length).toBeGreaterThanOrEqual(23);
});

test("reads no further ahead than is taken, and stops when the reader goes", async () => {
  let read = 0;
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  await using server = await serveByteRanges({
    input: {
      size: 2 ** 30,
      async *read(_offset, length, signal) {
        signal.addEventListener("abort", () => resolve());
        for (; read < length && !signal.aborted; read += 65_536) {
          await nextTurn();
          yield new Uint8Array(65_536);
        }
      },
    },
  });
  const stop = new AbortController();
  const response = await fetch(server.url, { signal: stop.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  let before = -1;
  while (before !== read) {
    before = read;
    for (let turn = 0; turn < 200; turn += 1) await nextTurn();
  }
  expect(read).toBeLessThan(64 * 2 ** 20);
  stop.abort();
  await stopped;
});

test("reports an input that fails, and one that is shorter than it said", async () => {
  const failures: unknown[] = [];
  const onFailure = (error: unknown) => failures.push(error);
  const lost = new Error("lost");
  await using broken = await serveByteRanges({
    input: {
      size: 10,
      async *read() {
        yield new Uint8Array(1);
        throw lost;
      },
    },
    onFailure,
  });
  await expect(fetch(broken.url).then((response) => response.arrayBuffer())).rejects.toThrow(
    BROKEN,
  );
  await using short = await serveByteRanges({
    input: { ...bytesInput(bytes), size: 200 },
    onFailure,
  });
  await expect(fetch(short.url).then((response) => response.arrayBuffer())).rejects.toThrow(BROKEN);
  expect(failures).toEqual([lost, expect.objectContaining({ code: "unavailable" })]);
});

test("ends open answers when it is disposed of", async () => {
  const server = await serveByteRanges({
    input: {
      size: 10,
      async *read(_offset, _length, signal) {
        yield new Uint8Array(1);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    },
  });
  const response = await fetch(server.url);
  await server[Symbol.asyncDispose]();
  await expect(response.arrayBuffer()).rejects.toThrow(BROKEN);
  await expect(fetch(server.url)).rejects.toThrow(BROKEN);
});
