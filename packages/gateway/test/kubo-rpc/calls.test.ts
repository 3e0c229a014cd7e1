import { once } from "node:events";

import { createMemoryRepository, type MemoryRepository } from "@ipfs-kit/content-memory";
import type { CID, TreeEntry } from "@ipfs-kit/core";
import { inPieces, rawBlock, seededBytes } from "@ipfs-kit/testing";
import { afterEach, describe, expect, it, vi } from "vitest";

import { ANSWER_STALL_MS, MAX_COLLECTED } from "../../src/kubo-rpc/defaults.ts";
import { DagMaker } from "../support/dags.ts";
import { formOf, partHead, rawUploadHead } from "./support/multipart.ts";
import { openRaw } from "./support/raw-http.ts";
import { type RpcServer, startRpc } from "./support/rpc-server.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

async function start(init: Parameters<typeof startRpc>[0]): Promise<RpcServer> {
  const server = await startRpc(init);
  open.push(server);
  return server;
}

const post = async ({ url }: RpcServer, path: string, body?: FormData) =>
  fetch(`${url}/api/v0/${path}`, { method: "POST", ...(body === undefined ? {} : { body }) });

async function* tree(): AsyncGenerator<TreeEntry> {
  yield { path: "top/sub/large", content: inPieces(seededBytes(9_000_000, 3), 99_999) };
  yield { path: "top/a", content: inPieces(Buffer.from("hello"), 5) };
}

async function addFolder(store: MemoryRepository): Promise<CID> {
  let root: CID | undefined;
  for await (const { cid } of store.addTree(tree(), { pin: false })) root = cid;
  if (root === undefined) throw new Error("Nothing was added.");
  return root;
}

describe("a call", () => {
  it.each(["add", "block/put", "dag/put", "dag/import"])(
    "of %s ends with the server, whatever its client keeps it waiting for",
    async (command) => {
      const { tasks, port } = await start({ store: createMemoryRepository() });
      const socket = await openRaw(port);
      const head = rawUploadHead(`/api/v0/${command}`, "127.0.0.1", 1_000_000);
      socket.write(`${head}${partHead("a")}some`);
      await expect.poll(() => tasks.pending).toBe(1);
      await tasks.stop();

      expect(tasks.pending).toBe(0);
      socket.destroy();
    },
  );

  it("does nothing for a client that was gone before it began", async () => {
    const store = createMemoryRepository();
    const { cid } = await store.add(inPieces(seededBytes(50_000_000, 1), 999_999));
    const began = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const server = await start({
      store,
      before: async (outgoing, next) => {
        began.resolve();
        if (!outgoing.closed) await once(outgoing, "close");
        await next().finally(ended.resolve);
      },
    });
    const client = new AbortController();
    const url = `${server.url}/api/v0/cat?arg=${cid.toString()}`;
    const asking = fetch(url, { method: "POST", signal: client.signal });
    await began.promise;
    store.blocks.asked.length = 0;
    client.abort();
    await expect(asking).rejects.toThrow("aborted");
    await ended.promise;

    expect(store.blocks.asked.length).toBeLessThan(10);
  });

  it("follows steps back in a path as Kubo does, and never out of a tar's folder", async () => {
    const store = createMemoryRepository();
    const dags = new DagMaker(store.blocks);
    const file = await dags.raw("hello");
    const dots = await dags.directory({ "..": await dags.directory({ a: file }), a: file });
    const server = await start({ store });
    const path = dots.cid.toString();

    expect(await (await post(server, `cat?arg=${path}/x/../a`)).text()).toBe("hello");
    expect((await post(server, `get?arg=${path}/..`)).status).toBe(400);
    const odd = await dags.directory({ "b\\..\\..\\c": file });
    const name = encodeURIComponent("b\\..\\..\\c");
    expect((await post(server, `get?arg=${odd.cid.toString()}/${name}`)).status).toBe(400);
  });

  it.each(["dag/export", "get"])("of %s keeps what it reads from being collected", async (name) => {
    const store = createMemoryRepository();
    const root = await addFolder(store);
    const { blocks } = store;
    const get = blocks.get.bind(blocks);
    const { promise: collected, resolve: goOn } = Promise.withResolvers<void>();
    let asked = 0;
    blocks.get = async (cid, options) => {
      asked += 1;
      if (asked > 6) await collected;
      return get(cid, options);
    };
    const server = await start({ store });
    const answer = await post(server, `${name}?arg=${root.toString()}`);
    for await (const removed of store.collectGarbage()) expect(removed).toBeUndefined();
    goOn();

    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(9_000_000);
  });

  it("that brings more roots than one answer names is refused", async () => {
    const { cid } = rawBlock(Buffer.from("root"));
    const names = Array.from({ length: MAX_COLLECTED + 1 }, (_, index) => `${index}`);
    const roots = names.map((text) => ({ cid: rawBlock(Buffer.from(text)).cid }));
    const importCar = async () => ({ roots, blocks: 1, bytes: 1 });
    const server = await start({ store: { importCar, pin: async () => {} } });
    const answer = await post(server, "dag/import", formOf({ a: cid.toString() }));

    expect(answer.status).toBe(429);
  });
});

describe("a client that is slow", () => {
  it("has its time for each piece of an answer, and not for all of it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    // Far more than the system buffers: what is looked at is the waiting, not the buffers.
    const size = 64 * 1024 * 1024;
    async function* read(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(size);
    }
    const { cid } = rawBlock(Buffer.from("any"));
    const stat = async () => ({ cid, type: "file", size }) as const;
    const server = await start({ store: { read, stat } });
    const socket = await openRaw(server.port);
    socket.write(
      `POST /api/v0/cat?arg=${cid.toString()} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );
    let received = 0;
    for await (const piece of socket) {
      received += Buffer.from(piece).length;
      vi.advanceTimersByTime(ANSWER_STALL_MS / 200);
      await new Promise(setImmediate);
    }

    expect(received).toBeGreaterThan(size);
  });
});
