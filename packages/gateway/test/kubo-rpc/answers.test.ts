import { once } from "node:events";
import { request } from "node:http";

import {
  AbortedError,
  type ContentRepository,
  IntegrityError,
  type Logger,
  noopLogger,
  NotFoundError,
  parseCid,
  type ReadOptions,
} from "@ipfs-kit/core";
import { problemSchema } from "@ipfs-kit/core/wire";
import { afterEach, describe, expect, it, vi } from "vitest";

import { BETWEEN_BYTES_MS, FIRST_BYTE_MS } from "../../src/kubo-rpc/defaults.ts";
import { openRaw, readAnswer } from "./support/raw-http.ts";
import { ANY_CID } from "./support/recording-repository.ts";
import { type RpcServer, startRpc } from "./support/rpc-server.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

type Read = (cid: unknown, options?: ReadOptions) => AsyncIterable<Uint8Array>;

/** A server whose one file is read like this. */
async function start(
  read: Read,
  more: Partial<ContentRepository> = {},
  logger?: Logger,
): Promise<RpcServer> {
  const cid = parseCid(ANY_CID);
  const stat = async () => ({ cid, type: "file", size: 1_000_000_000 }) as const;
  const server = await startRpc({ store: { stat, read, ...more }, ...(logger && { logger }) });
  open.push(server);
  return server;
}

const post = async ({ url }: RpcServer, path: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/api/v0/${path}`, { method: "POST", headers });

const KILOBYTE = new Uint8Array(1024).fill(120);

const never = async () => new Promise<never>(() => {});

async function failWithSecret(): Promise<never> {
  throw new TypeError("secret /home/someone");
}

async function findNothing(): Promise<never> {
  throw new NotFoundError("gone");
}

async function* breaksOff(): AsyncGenerator<Uint8Array, void> {
  yield KILOBYTE;
  throw new IntegrityError("Block x does not match its CID.");
}

describe("content", () => {
  it("goes out as bytes that no browser renders", async () => {
    const server = await start(async function* () {
      yield KILOBYTE;
    });
    const answer = await post(server, `cat?arg=${ANY_CID}&length=1024`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/octet-stream",
      "x-content-type-options": "nosniff",
      "content-security-policy": expect.stringMatching(/^sandbox/),
      "x-stream-output": "1",
      "x-content-length": "1024",
      "cache-control": "no-store",
    });
    expect((await answer.arrayBuffer()).byteLength).toBe(1024);
  });

  it("that breaks off is cut, where the client can tell", async () => {
    const server = await start(breaksOff);
    const answer = await post(server, `cat?arg=${ANY_CID}`);
    expect(answer.status).toBe(200);
    await expect(answer.arrayBuffer()).rejects.toThrow("terminated");
  });

  it("that breaks off ends with Kubo's trailer for Kubo's own command", async () => {
    const server = await start(breaksOff);
    const outgoing = request(`${server.url}/api/v0/cat?arg=${ANY_CID}`, {
      method: "POST",
      headers: { "user-agent": "kubo/0.39.0/" },
    }).end();
    const [answer] = await once(outgoing, "response");
    expect(answer.headers.trailer).toBe("X-Stream-Error");
    answer.resume();
    await once(answer, "end");
    expect(answer.trailers["x-stream-error"]).toBe("Block x does not match its CID.");
  });

  it("is read only as fast as it is taken", async () => {
    let given = 0;
    const server = await start(async function* () {
      for (; given < 4096; given += 1) yield new Uint8Array(1024 * 1024);
    });
    const socket = await openRaw(server.port);
    socket.pause();
    socket.write(`POST /api/v0/cat?arg=${ANY_CID} HTTP/1.1\r\nHost: x\r\n\r\n`);
    // What the system takes in for a client that does not read is some megabytes.
    await expect.poll(() => given).toBeGreaterThan(1);
    let before = -1;
    await expect
      .poll(
        () => {
          const same = given === before;
          before = given;
          return same;
        },
        { interval: 200 },
      )
      .toBe(true);
    expect(given).toBeLessThan(64);
    socket.destroy();
  });

  it("of a client that goes away is let go of", async () => {
    const signalled = Promise.withResolvers<unknown>();
    const returned = Promise.withResolvers<void>();
    const server = await start(async function* (_cid, { signal } = {}) {
      signal?.addEventListener("abort", () => signalled.resolve(signal.reason));
      try {
        for (;;) yield KILOBYTE;
      } finally {
        returned.resolve();
      }
    });
    const socket = await openRaw(server.port);
    socket.write(`POST /api/v0/cat?arg=${ANY_CID} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(socket, "data");
    socket.destroy();
    expect(await signalled.promise).toBeInstanceOf(AbortedError);
    await returned.promise;
    await expect.poll(() => server.tasks.pending).toBe(0);
  });
});

describe("lines", () => {
  it("that break off end with one that says why, and a cut", async () => {
    const server = await start(breaksOff, {
      collectGarbage: async function* () {
        yield parseCid(ANY_CID);
        throw new NotFoundError("A block is gone.");
      },
    });
    const socket = await openRaw(server.port);
    socket.write("POST /api/v0/repo/gc HTTP/1.1\r\nHost: x\r\n\r\n");
    const { status, body } = await readAnswer(socket);
    expect(status).toBe(200);
    expect(body).toContain(`{"Key":{"/":"${ANY_CID}"}}`);
    expect(body).toContain('{"Message":"A block is gone.","Code":0,"Type":"error"');
    expect(body).not.toMatch(/\r\n0\r\n/);
  });

  it("that fail before the first have a status", async () => {
    const server = await start(breaksOff, {
      // oxlint-disable-next-line require-yield -- fails before
      collectGarbage: async function* () {
        throw new NotFoundError("A block is gone.");
      },
    });
    const answer = await post(server, "repo/gc");
    // 404 is "no such command" to Kubo's own client.
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ Message: "A block is gone.", Type: "error" });
  });
});

describe("a store that hangs", () => {
  it("is waited for until the first byte is due", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const asked = Promise.withResolvers<void>();
    const server = await start(breaksOff, {
      stat: async () => {
        asked.resolve();
        return never();
      },
    });
    const answer = post(server, `cat?arg=${ANY_CID}`);
    await asked.promise;
    vi.advanceTimersByTime(FIRST_BYTE_MS);
    expect((await answer).status).toBe(504);
    expect(await (await answer).json()).toMatchObject({ error_code: "timeout" });
  });

  it("is waited for between bytes, then the answer is cut", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const asked = Promise.withResolvers<void>();
    const server = await start(async function* () {
      yield KILOBYTE;
      asked.resolve();
      await never();
    });
    const socket = await openRaw(server.port);
    const closed = once(socket.resume(), "close");
    socket.write(`POST /api/v0/cat?arg=${ANY_CID} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await asked.promise;
    vi.advanceTimersByTime(BETWEEN_BYTES_MS);
    await vi.advanceTimersByTimeAsync(1_000);
    await closed;
    expect(server.tasks.pending).toBe(0);
  });
});

async function verified(damage: string | undefined): Promise<Response> {
  const cid = parseCid(ANY_CID);
  const server = await startRpc({
    store: {},
    verifyBlocks: async function* () {
      yield { cid };
      yield { cid, damage };
    },
  });
  open.push(server);
  return post(server, "repo/verify");
}

describe("repo/verify", () => {
  it("counts the blocks it has read again", async () => {
    const lines = (await (await verified(undefined)).text()).trimEnd().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { Msg: "", Progress: 1 },
      { Msg: "", Progress: 2 },
      { Msg: "verify complete, all blocks validated.", Progress: 0 },
    ]);
  });

  it("names what is damaged, and fails", async () => {
    let seen = "";
    const { body } = await verified("bad hash");
    const readAll = async () => {
      for await (const chunk of body ?? []) seen += Buffer.from(chunk).toString();
    };
    await expect(readAll()).rejects.toThrow("terminated");
    expect(seen).toContain(`block ${ANY_CID} was corrupt (bad hash)`);
    expect(seen).toContain("verify complete, 1 blocks corrupt");
  });
});

describe("a failure", () => {
  it("is a problem for those who ask for one", async () => {
    const server = await start(breaksOff);
    const accept = "application/problem+json, application/json";
    const answer = await post(server, "cat", { accept });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(problemSchema.parse(await answer.json())).toMatchObject({
      code: "invalid_request",
      instance: "/api/v0/cat",
      errors: [{ parameter: "arg" }],
    });
    const other = await start(breaksOff, { stat: findNothing });
    expect((await post(other, `cat?arg=${ANY_CID}`, { accept })).status).toBe(404);
  });

  it("inside says nothing of the inside", async () => {
    const server = await start(breaksOff, { stat: failWithSecret }, noopLogger);
    const answer = await post(server, `cat?arg=${ANY_CID}`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("secret");
  });

  it("is every method but POST", async () => {
    const server = await start(breaksOff);
    for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
      const answer = await fetch(`${server.url}/api/v0/version`, { method });
      expect(answer.status).toBe(405);
      expect(answer.headers.get("allow")).toBe("OPTIONS, POST");
    }
    const asked = await fetch(`${server.url}/api/v0/version`, { method: "OPTIONS" });
    expect([asked.status, asked.headers.get("allow")]).toEqual([204, "OPTIONS, POST"]);
  });

  it.each([
    ["an argument without end", `cat?arg=${"x".repeat(9_000)}`],
    ["arguments without end", `cat?${"arg=x&".repeat(1_100)}`],
    ["a switch that is none", `ls?arg=${ANY_CID}&stream=maybe`],
    ["a number that is none", `cat?arg=${ANY_CID}&offset=x`],
    ["the same option twice", `cat?arg=${ANY_CID}&offset=1&offset=2`],
    ["an unknown base", `resolve?arg=${ANY_CID}&cid-base=base7`],
    ["one argument too many", `block/get?arg=${ANY_CID}&arg=${ANY_CID}`],
  ])("is %s", async (_what, path) => {
    const server = await start(breaksOff);
    const answer = await post(server, path);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ Type: "error", Code: 1 });
  });
});
