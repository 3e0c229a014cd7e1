import { once } from "node:events";
import { glob, mkdtemp, open, rm, stat } from "node:fs/promises";
import { get, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { type Ready, problemSchema } from "@ipfs-kit/core/wire";
import { seededBytes, seededRandom } from "@ipfs-kit/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { addFile } from "./support/add-file.ts";
import { BODY_END, partHead, PART_END, rawUploadHead } from "./support/multipart.ts";
import { openClient, readToEnd, statusesIn } from "./support/raw-clients.ts";
import { readAnswer } from "./support/raw-http.ts";
import { type SpawnedServer, spawnServer } from "./support/spawn-server.ts";

const MIB = 1024 * 1024;
/** As many as there are slots for uploads, and more. */
const ABORTS = 100;
const SLOTS = 64;
/** Longer than every time limit the server here is given, together. */
const DRIPS = 18;
const DRIP_MS = 250;

let directory: string;
let server: SpawnedServer;
let ready: Ready;
let port: number;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "streams-"));
  const limits = ["upload-idle", "answer-idle", "first-byte"];
  // What is read is to come from the disk.
  const flags = ["--port", "0", "--log-level", "error", "--memory-cache-size", "0"];
  const seconds = limits.flatMap((name) => [`--${name}-seconds`, "2"]);
  server = spawnServer(["--persistence-path", directory, ...flags, ...seconds]);
  ready = await server.ready;
  port = Number(new URL(ready.http).port);
});

afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  await rm(directory, { recursive: true, force: true });
});

async function call(command: string): Promise<string> {
  const answer = await fetch(`${ready.http}/api/v0/${command}`, { method: "POST" });
  expect(answer.status).toBe(200);
  return answer.text();
}

/** What the list of known content says. */
async function rows(): Promise<string> {
  return (await fetch(`${ready.http}/api/v0/metadata`)).text();
}

/** Bytes of everything under the data folder. */
async function bytesOnDisk(): Promise<number> {
  let bytes = 0;
  for await (const name of glob("**/*", { cwd: directory })) {
    const found = await stat(join(directory, name)).catch(() => undefined);
    if (found?.isFile() === true) bytes += found.blocks * 512;
  }
  return bytes;
}

const uploadHead = (length: number) =>
  rawUploadHead("/api/v0/add?pin=true", `127.0.0.1:${port}`, length);

describe("an upload that is given up", () => {
  it(
    `leaves nothing: no file, no space taken, no slot (${ABORTS} times)`,
    { timeout: 120_000 },
    async () => {
      await addFile({ url: ready.http }, "before.bin", seededBytes(100_000, 40));
      await call("repo/gc");
      const visible = async () => [await call("pin/ls"), await rows()];
      const held = async () => [JSON.parse(await call("repo/stat"))].map(({ NumObjects: n }) => n);
      const before = { visible: await visible(), held: await held(), disk: await bytesOnDisk() };
      const random = seededRandom(41);
      for (let round = 0; round < ABORTS; round += 1) {
        const body = Buffer.concat([
          Buffer.from(partHead(`round-${round}.bin`)),
          seededBytes(2 * MIB + round, 100 + round),
          Buffer.from(PART_END + BODY_END),
        ]);
        const socket = await openClient(port);
        socket.write(uploadHead(body.length));
        // All but the last byte at most: what is whole is kept.
        const sent = Math.floor(random() * body.length);
        await new Promise((resolve) => socket.write(body.subarray(0, sent), resolve));
        if (round % 2 === 0) socket.destroy();
        else socket.resetAndDestroy();
      }
      // What was under way when the last of them left may still end.
      await expect.poll(visible, { timeout: 20_000, interval: 200 }).toEqual(before.visible);
      const heldAfterwards = async () => {
        await call("repo/gc");
        return held();
      };
      await expect.poll(heldAfterwards, { timeout: 20_000, interval: 500 }).toEqual(before.held);
      await expect
        .poll(bytesOnDisk, { timeout: 20_000, interval: 200 })
        .toBeLessThan(before.disk + 2 * MIB);
      const cids = await Promise.all(
        Array.from({ length: SLOTS }, async (_, index) =>
          addFile({ url: ready.http }, "after.bin", seededBytes(100_000, 300 + index)),
        ),
      );
      expect(new Set(cids).size).toBe(SLOTS);
    },
  );
});

describe("a stream that goes on", () => {
  it("up has no deadline as a whole", async () => {
    const content = seededBytes(DRIPS * 64 * 1024, 50);
    const body = Buffer.concat([
      Buffer.from(partHead("drip.bin")),
      content,
      Buffer.from(PART_END + BODY_END),
    ]);
    const socket = await openClient(port);
    socket.write(uploadHead(body.length));
    const step = Math.ceil(body.length / DRIPS);
    for (let at = 0; at < body.length; at += step) {
      socket.write(body.subarray(at, at + step));
      await wait(DRIP_MS);
    }
    const answer = await readAnswer(socket);

    expect(answer.status).toBe(200);
  });

  it.each([
    ["by Kubo's API", (cid: string) => `POST /api/v0/cat?arg=${cid} HTTP/1.0`, () => ready.http],
    ["from the gateway", (cid: string) => `GET /ipfs/${cid} HTTP/1.0`, () => ready.gateway ?? ""],
  ])("down %s has no deadline as a whole", async (_where, line, url) => {
    const content = Buffer.from(seededBytes(DRIPS * MIB, 51));
    const cid = await addFile({ url: ready.http }, "down.bin", content);
    const { port: at, host } = new URL(url());
    const socket = await openClient(Number(at));
    socket.write(`${line(cid)}\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`);
    const pieces: Buffer[] = [];
    let taken = 0;
    let drips = 1;
    for await (const piece of socket) {
      if (!(piece instanceof Buffer)) continue;
      pieces.push(piece);
      taken += piece.length;
      if (taken < drips * MIB) continue;
      drips += 1;
      await wait(DRIP_MS);
    }
    const all = Buffer.concat(pieces);
    const body = all.subarray(all.indexOf("\r\n\r\n") + 4);

    expect(body.equals(content)).toBe(true);
  });
});

describe("a stream that stands still", () => {
  it("up is told so, and why", async () => {
    const socket = await openClient(port);
    socket.write(`${uploadHead(10 * MIB)}${partHead("stalled.bin")}x`);
    const answer = await readAnswer(socket);

    expect(answer.status).toBe(408);
    expect(problemOrKubo(answer.body)).toBe("timeout");
  });

  it("down is cut, so that nobody takes it for the whole", async () => {
    const content = seededBytes(64 * MIB, 52);
    const cid = await addFile({ url: ready.http }, "deaf.bin", content);
    const { port: at, host } = new URL(ready.gateway ?? "");
    const socket = await openClient(Number(at));
    socket.pause();
    socket.write(`GET /ipfs/${cid} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    // Longer than the limit and the time between two looks.
    await wait(5_000);
    const text = await readToEnd(socket);

    expect(statusesIn(text.slice(0, 100))).toEqual([200]);
    expect(text.length).toBeLessThan(content.length);
  });
});

/** The code of a failure, in either of the forms it has on Kubo's routes. */
function problemOrKubo(body: string): string {
  const value: unknown = JSON.parse(body);
  const problem = problemSchema.safeParse(value);
  if (problem.success) return problem.data.code;
  const { error_code: code }: { error_code?: string } = JSON.parse(body);
  return code ?? "";
}

describe("a stream whose content turns out to be damaged", () => {
  let cid: string;
  const content = Buffer.from(seededBytes(8 * MIB, 60));

  beforeAll(async () => {
    cid = await addFile({ url: ready.http }, "damaged.bin", content);
    // A byte of the sixth block, wherever the store has it.
    await flipOnDisk(content.subarray(5 * MIB + 100, 5 * MIB + 164));
  });

  it.each([
    ["by Kubo's API", () => `${ready.http}/api/v0/cat?arg=${cid}`, "POST"],
    ["from the gateway", () => `${ready.gateway}/ipfs/${cid}`, "GET"],
    ["as a tar", () => `${ready.gateway}/ipfs/${cid}?format=tar`, "GET"],
  ])("%s breaks, and no wrong byte was sent", async (_where, url, method) => {
    const { answer, failure, body } = await read(url(), { method });

    expect(answer.statusCode).toBe(200);
    expect(failure).toMatchObject({ code: "ECONNRESET" });
    expect(body.length).toBeLessThan(6 * MIB);
    expect(body.includes(content.subarray(5 * MIB, 5 * MIB + 64))).toBe(false);
  });

  it("tells Kubo's command in its trailer", async () => {
    const { answer, failure, body } = await read(`${ready.http}/api/v0/cat?arg=${cid}`, {
      method: "POST",
      agent: "kubo/0.39.0",
    });

    expect(failure).toBeUndefined();
    expect(answer.trailers["x-stream-error"]).toMatch(/\S/);
    expect(body.equals(content.subarray(0, body.length))).toBe(true);
    expect(body.length).toBeLessThan(6 * MIB);
  });

  it("is a status when it is known before the first byte", async () => {
    const range = { range: `bytes=${5 * MIB}-${5 * MIB + 9}` };
    const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
    get(`${ready.gateway}/ipfs/${cid}`, { headers: range }, resolve);
    const answer = await promise;
    answer.resume();

    expect(answer.statusCode).toBe(502);
  });
});

/** Changes the byte that these bytes stand before, in whichever file has them. @throws Error when none */
async function flipOnDisk(wanted: Uint8Array): Promise<void> {
  for await (const name of glob("**/*", { cwd: directory })) {
    const path = join(directory, name);
    if (!(await stat(path)).isFile()) continue;
    await using file = await open(path, "r+");
    const bytes = await file.readFile();
    const at = bytes.indexOf(wanted);
    if (at < 0) continue;
    await file.write(Uint8Array.of((bytes[at] ?? 0) ^ 0xff), 0, 1, at);
    return;
  }
  throw new Error("No file has the bytes that were added.");
}

/** The answer up to where it broke. */
async function read(url: string, options: { method: string; agent?: string }) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = options.agent === undefined ? {} : { "user-agent": options.agent };
  const asking = request(url, { method: options.method, headers }, resolve);
  asking.on("error", reject).end();
  const answer = await promise;
  const pieces: Buffer[] = [];
  answer.on("data", (piece: Buffer) => pieces.push(piece));
  const failure = await Promise.race([
    once(answer, "end").then(() => undefined),
    new Promise((broken) => answer.once("error", broken)),
  ]);
  return { answer, failure, body: Buffer.concat(pieces) };
}
