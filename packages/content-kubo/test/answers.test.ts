import type { ServerResponse } from "node:http";

import { createKuboStore } from "@ipfs-kit/content-kubo";
import { type ContentRepository, delay, errorCodeOf, IpfsKitError, parseCid } from "@ipfs-kit/core";
import { type AnswerOfKubo, inPieces, startLyingKubo } from "@ipfs-kit/testing";
import { describe, expect, it, onTestFinished } from "vitest";

const CID_TEXT = "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq";
const HELLO = parseCid(CID_TEXT);
const OTHER = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
const LIST = `{"Cid":"${CID_TEXT}","Type":"recursive","Name":""}\n`;
const PINNED = JSON.stringify({ Keys: { [CID_TEXT]: { Type: "recursive", Name: "old" } } });
const NOT_PINNED = JSON.stringify({ Message: "path is not pinned", Code: 0, Type: "error" });
const DEADLINE_MS = 300;

type Answers = Readonly<Record<string, string | AnswerOfKubo>>;

describe("an answer of Kubo", () => {
  it.each([
    ["a list that ends where the connection does", "pin/ls", list, cutOff(LIST), "unavailable"],
    ["an unpinning of nothing", "pin/rm", unpin, "{}", "unavailable"],
    ["an unpinning of something else", "pin/rm", unpin, `{"Pins":["${OTHER}"]}`, "unavailable"],
    ["a block asked for, by another hash", "block/stat", has, `{"Key":"${OTHER}"}`, "integrity"],
    ["no hash of a block asked for", "block/stat", has, "{}", "unavailable"],
    ["another block that was removed", "block/rm", remove, `{"Hash":"${OTHER}"}`, "integrity"],
    ["no size of the repository", "repo/stat", stats, "{}", "unavailable"],
    ["an upload without end", "dag/import", add, lines(24 * 1024 * 1024), "unavailable"],
  ] as const)("is not believed: %s", async (_, command, call, answer, code) => {
    const store = await storeFor({ "pin/ls": PINNED, [command]: answer });
    await expect(call(store)).rejects.toMatchObject({ code });
  });

  it.each([
    ["a list", "pin/ls", list, silence],
    ["the end of a list", "pin/ls", list, unfinished(LIST)],
    ["a block", "block/get", stat, silence],
    ["a block that is put", "block/put", put, silence],
    ["why an upload was refused", "dag/import", add, headers(500)],
    ["the end of the answer to an upload", "dag/import", add, headers(200)],
  ] as const)("is not waited for beyond the deadline: %s", async (_, command, call, answer) => {
    const store = await storeFor({ "pin/ls": PINNED, [command]: answer });
    await expect(call(store)).rejects.toMatchObject({ code: "timeout" });
  });

  it("is not believed when it comes before the root was sent", async () => {
    const isAnswered = Promise.withResolvers<void>();
    const store = await storeFor({
      "dag/import": (response, request) => {
        request.on("data", (piece: Buffer) => {
          if (!piece.includes("hello")) return;
          response.end('{"Stats":{"BlockCount":1}}', () => isAnswered.resolve());
        });
      },
      "pin/ls": async (response, request) => {
        request.resume();
        await isAnswered.promise;
        response.writeHead(500).end(NOT_PINNED);
      },
    });
    await expect(add(store)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("that no is no outage", async () => {
    const store = await storeFor({});
    for (let call = 0; call < 20; call += 1) {
      await expect(store.stat(HELLO)).rejects.toMatchObject({ code: "not_found" });
    }
    expect(store.health()).toMatchObject({ state: "ok", breaker: "closed" });
  });

  it("may name pins at any length, and fills no memory with it", async () => {
    const name = "x".repeat(60_000);
    const store = await storeFor({
      "pin/ls": (response, { url = "" }) =>
        void response.end(url.includes("recursive") ? LIST.replace('""', `"${name}"`) : ""),
    });
    const { pins } = await store.listPins();
    expect(pins.map((pin) => pin.name?.length)).toEqual([255]);
  });

  it("is asked for by one caller when Kubo may be back", async () => {
    let asked = 0;
    const store = await storeFor({ "block/get": () => void (asked += 1) });
    const call = async () => store.stat(HELLO).then(() => "ok", reasonOf);
    await Promise.all(Array.from({ length: 5 }, call));
    expect(store.health()).toMatchObject({ state: "unavailable", breaker: "open" });
    await delay(1_100);
    const reasons = await Promise.all(Array.from({ length: 20 }, call));
    const refused = Array.from({ length: 19 }, () => "breaker_open");
    expect(reasons.toSorted()).toEqual([...refused, "timeout"]);
    expect(asked).toBe(6);
  });
});

describe("a stop", () => {
  it("does not wait for a reader that waits for it", async () => {
    const store = await storeFor({ "repo/gc": unfinished(`{"Key":{"/":"${CID_TEXT}"}}\n`) });
    const collected = (async () => {
      for await (const cid of store.collectGarbage()) {
        await store.stop();
        return cid.toString();
      }
      return "nothing";
    })();
    expect(await collected).toBe(CID_TEXT);
  });

  it("waits for a pin that is being renamed: Kubo has taken it away by then", async () => {
    const isRenaming = Promise.withResolvers<void>();
    let isCut = false;
    const store = await storeFor({
      "pin/ls": PINNED,
      "dag/stat": "{}",
      "pin/add": async (response) => {
        response.once("close", () => (isCut = !response.writableFinished));
        response.write('{"Progress":1}\n');
        isRenaming.resolve();
        await delay(DEADLINE_MS / 2);
        response.end(`{"Pins":["${CID_TEXT}"]}`);
      },
    });
    const renamed = store.pin(HELLO, { name: "new" });
    await isRenaming.promise;
    await store.stop();
    await renamed;
    expect(isCut).toBe(false);
  });
});

describe("a cancelled call", () => {
  it("is over at once, also while it is looked whether a pin can be renamed", async () => {
    const isAsked = Promise.withResolvers<void>();
    const store = await storeFor({ "pin/ls": PINNED, "dag/stat": () => isAsked.resolve() });
    const controller = new AbortController();
    const renamed = store.pin(HELLO, { name: "new", signal: controller.signal });
    renamed.catch(() => {});
    await isAsked.promise;
    controller.abort();
    await expect(renamed).rejects.toMatchObject({ code: "aborted" });
  });

  it("gives its turn to those who wait behind it", async () => {
    const isAsked = Promise.withResolvers<void>();
    const isFree = Promise.withResolvers<void>();
    const store = await storeFor({
      "pin/ls": async (response) => {
        isAsked.resolve();
        await isFree.promise;
        response.end(PINNED);
      },
    });
    const first = store.pin(HELLO);
    await isAsked.promise;
    const controller = new AbortController();
    const second = store.pin(HELLO, { signal: controller.signal });
    second.catch(() => {});
    const third = store.pin(HELLO);
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: "aborted" });
    isFree.resolve();
    await Promise.all([first, third]);
  });
});

async function storeFor(answers: Answers) {
  const kubo = await startLyingKubo({ answers });
  const store = createKuboStore({
    api: kubo.api,
    timeouts: { requestMs: DEADLINE_MS, idleMs: DEADLINE_MS },
    checkEveryMs: 3_600_000,
  });
  await store.start();
  onTestFinished(async () => {
    await store.stop();
    await kubo.stop();
  });
  return store;
}

async function list(store: ContentRepository): Promise<unknown> {
  return store.listPins({ kind: "recursive" });
}
async function unpin(store: ContentRepository): Promise<unknown> {
  return store.unpin(HELLO);
}
async function has(store: ContentRepository): Promise<unknown> {
  return store.blocks.has(HELLO);
}
async function put(store: ContentRepository): Promise<unknown> {
  return store.blocks.put(HELLO, Buffer.from("hello"));
}
async function remove(store: ContentRepository): Promise<unknown> {
  return store.blocks.delete(HELLO);
}
async function stat(store: ContentRepository): Promise<unknown> {
  return store.stat(HELLO);
}
async function stats(store: ContentRepository): Promise<unknown> {
  return store.stats();
}
async function add(store: ContentRepository): Promise<unknown> {
  return store.add(inPieces(Buffer.from("hello"), 5));
}

function silence(): void {}

/** Headers, and no body. */
function headers(status: number): AnswerOfKubo {
  return (response, request) => {
    request.resume();
    request.once("end", () => response.writeHead(status).flushHeaders());
  };
}

/** A body that never ends. */
function unfinished(text: string): AnswerOfKubo {
  return (response) => void response.write(text);
}

/** A body that ends with the connection: nobody can tell whether it is whole. */
function cutOff(text: string): AnswerOfKubo {
  return ({ socket }: ServerResponse) => void socket?.end(`HTTP/1.1 200 OK\r\n\r\n${text}`);
}

/** So many bytes of lines that say nothing. */
function lines(bytes: number): AnswerOfKubo {
  return (response, request) => {
    request.resume();
    request.once("end", () => response.end('{"Ping":"pong"}\n'.repeat(bytes / 16)));
  };
}

function reasonOf(error: unknown): string {
  const reason = error instanceof IpfsKitError ? error.details["reason"] : undefined;
  return typeof reason === "string" ? reason : errorCodeOf(error);
}
