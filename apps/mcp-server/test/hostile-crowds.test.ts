import { setTimeout as wait } from "node:timers/promises";

import { seededBytes } from "@ipfs-kit/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { addFile } from "./support/add-file.ts";
import { partHead, rawUploadHead } from "./support/multipart.ts";
import { residentMiB } from "./support/process-level.ts";
import { openClient, readToEnd, statusesIn } from "./support/raw-clients.ts";
import { assertUnharmed, endCleanly, type Exposed, startExposed } from "./support/unharmed.ts";

const MIB = 1024 * 1024;
const SLOW_CLIENTS = 1_000;
const NEVER_READING = 50;
/** What a reader has in hand at most: blocks read ahead, and what is on its way to the client. */
const READER_MIB = 10;

let exposed: Exposed;
let url: string;
let port: number;

beforeAll(async () => {
  exposed = await startExposed();
  ({ url, port } = exposed);
});
afterAll(async () => endCleanly(exposed));
// Whatever was done to it.
afterEach(async () => assertUnharmed(exposed), 30_000);

const host = () => `Host: 127.0.0.1:${port}\r\n`;

/** What anybody else does meanwhile; each of it works. */
async function useHonestly(): Promise<void> {
  const content = seededBytes(300_000, 5);
  const cid = await addFile({ url }, "honest.bin", content);
  const headers = { connection: "close" };
  for (let round = 0; round < 20; round += 1) {
    const health = await fetch(`${url}/api/v0/health`, { headers });
    expect(health.status).toBe(200);
    await health.text();
    const read = await fetch(`${url}/api/v0/cat?arg=${cid}`, { method: "POST", headers });
    expect(new Uint8Array(await read.arrayBuffer())).toEqual(content);
  }
}

describe("clients who send too little", () => {
  it(
    `${SLOW_CLIENTS} headers that come byte by byte hold nobody up, and are cut`,
    { timeout: 120_000 },
    async () => {
      const slow = await Promise.all(
        Array.from({ length: SLOW_CLIENTS }, async () => openClient(port)),
      );
      const ends = slow.map(async (socket) => readToEnd(socket));
      const pace = setInterval(() => {
        for (const socket of slow) if (socket.writable) socket.write("x");
      }, 1_000);
      for (const socket of slow) socket.write(`GET /livez HTTP/1.1\r\n${host()}X-Slow: `);
      await useHonestly();
      const statuses = (await Promise.all(ends)).map(statusesIn);
      clearInterval(pace);
      // Written into while it was being closed, a connection is reset and its answer lost.
      expect(new Set(statuses.flat())).toEqual(new Set([408]));
      for (const socket of slow) socket.destroy();
    },
  );

  it("half a body and an end: refused or cut, and nothing is left", async () => {
    for (const [index, part] of ["", "--", partHead("half.bin"), `${partHead("b")}x`].entries()) {
      const socket = await openClient(port);
      socket.end(rawUploadHead(`/api/v0/add?round=${index}`, `127.0.0.1:${port}`, 100_000) + part);
      const statuses = statusesIn(await readToEnd(socket));
      expect(statuses.filter((status) => status < 300)).toEqual([]);
    }
  });

  it("half a header and an end: nothing is left", async () => {
    for (const text of ["", "G", "GET / HTTP/1.1", `GET /livez HTTP/1.1\r\n${host()}`]) {
      const socket = await openClient(port);
      socket.end(text);
      expect(statusesIn(await readToEnd(socket)).filter((status) => status < 300)).toEqual([]);
    }
  });

  it("connections that vanish at any moment leave nothing", async () => {
    const request = `GET /api/v0/health HTTP/1.1\r\n${host()}\r\n`;
    for (let length = 0; length <= request.length; length += 1) {
      const socket = await openClient(port);
      socket.write(request.slice(0, length));
      if (length % 2 === 0) socket.destroy();
      else socket.resetAndDestroy();
    }
    await expect(useHonestly()).resolves.toBeUndefined();
  });
});

describe("clients who ask for too much", () => {
  it("1,000 requests at once on a connection: answered in order, or cut", async () => {
    const socket = await openClient(port);
    const request = `GET /api/v0/exists/bafkqaaa HTTP/1.1\r\n${host()}\r\n`;
    socket.end(request.repeat(1_000));
    const text = await readToEnd(socket);
    const statuses = statusesIn(text);
    expect(statuses.length).toBeLessThanOrEqual(1_000);
    expect(new Set(statuses)).toEqual(statuses.length === 0 ? new Set() : new Set([200]));
    await useHonestly();
  });

  it(
    `${NEVER_READING} who never read what they asked for cost little, and hold nobody up`,
    { timeout: 60_000 },
    async () => {
      const cid = await addFile({ url }, "large.bin", seededBytes(64 * MIB, 6));
      const before = await residentMiB(exposed.pid);
      const deaf = await Promise.all(
        Array.from({ length: NEVER_READING }, async () => openClient(port)),
      );
      for (const socket of deaf) {
        socket.pause();
        socket.write(`POST /api/v0/cat?arg=${cid} HTTP/1.1\r\n${host()}Content-Length: 0\r\n\r\n`);
      }
      await useHonestly();
      await wait(1_000);
      const during = await residentMiB(exposed.pid);
      // All of it for each of them would be 64.
      expect((during.now - before.now) / NEVER_READING).toBeLessThan(READER_MIB);
      for (const socket of deaf) socket.destroy();
    },
  );
});
