import { once } from "node:events";
import { connect } from "node:net";

import { createMemoryRepository, MemoryBlocks } from "@ipfs-kit/content-memory";
import type { Blocks } from "@ipfs-kit/core";
import { createGateway } from "@ipfs-kit/gateway";
import { inPieces, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { DagMaker } from "./support/dags.ts";
import { bytesOf, rawRequest, serveGateway } from "./support/serve-gateway.ts";

const LEAF = 1_000;

async function fileOf(leaves: number) {
  const blocks = new MemoryBlocks();
  const bytes = seededBytes(leaves * LEAF, 11);
  const file = await new DagMaker(blocks).file(bytes, LEAF);
  return { blocks, bytes, file, path: `/ipfs/${file.cid.toString()}` };
}

/** Blocks that give nothing for those named, for as long as anybody waits. */
function hangingAt(blocks: MemoryBlocks, hanging: readonly string[]): Pick<Blocks, "get" | "has"> {
  return {
    has: async (cid) => blocks.has(cid),
    get: async (cid) =>
      hanging.includes(cid.toString()) ? new Promise<never>(() => {}) : blocks.get(cid),
  };
}

describe("an answer that cannot be completed", () => {
  it.each([
    { what: "with its length, over HTTP/1.1", query: "", version: "1.1" as const },
    { what: "with its length, over HTTP/1.0", query: "", version: "1.0" as const },
    { what: "in chunks, over HTTP/1.1", query: "?format=car", version: "1.1" as const },
    { what: "without a length, over HTTP/1.0", query: "?format=car", version: "1.0" as const },
    { what: "as a tar", query: "?format=tar", version: "1.1" as const },
  ])("is reset $what, and no wrong byte was sent", async ({ query, version }) => {
    const { blocks, bytes, file, path } = await fileOf(40);
    blocks.damage(file.leaves[30] ?? file.cid);
    const address = await serveGateway({ blocks });
    const answer = await rawRequest(address, `${path}${query}`, { version });

    expect(answer.head).toContain("200 OK");
    expect(answer.error).toBe("ECONNRESET");
    expect(answer.body.includes("0\r\n\r\n")).toBe(false);
    if (query !== "") return;
    expect(answer.body.length).toBeLessThanOrEqual(30 * LEAF);
    expect(new Uint8Array(answer.body)).toEqual(bytes.subarray(0, answer.body.length));
  });

  it("fails with a status while it has not begun", async () => {
    const { blocks, file, path } = await fileOf(3);
    blocks.damage(file.leaves[0] ?? file.cid);
    const answer = await createGateway({ blocks }).request(path);

    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ code: "integrity" });
  });

  it("fails for whoever reads it without a connection", async () => {
    const { blocks, file, path } = await fileOf(3);
    blocks.damage(file.leaves[2] ?? file.cid);
    const answer = await createGateway({ blocks }).request(path);

    expect(answer.status).toBe(200);
    await expect(bytesOf(answer)).rejects.toMatchObject({ code: "integrity" });
  });

  it("is 504 when its source gives nothing, and reset when it stops giving", async () => {
    const { blocks, file, path } = await fileOf(20);
    const limits = { firstByteTimeoutMs: 50, progressTimeoutMs: 50 };
    const rootless = hangingAt(blocks, [file.cid.toString()]);
    const first = await createGateway({ blocks: rootless, ...limits }).request(path);
    const stuck = hangingAt(blocks, [file.leaves[15]?.toString() ?? ""]);
    const later = await rawRequest(await serveGateway({ blocks: stuck, ...limits }), path);

    expect(first.status).toBe(504);
    expect(first.headers.get("retry-after")).toBe("10");
    expect(later.head).toContain("200 OK");
    expect(later.error).toBe("ECONNRESET");
  });
});

describe("a place among the requests", () => {
  it("is refused with 429 when all are taken, and free again when an answer ends", async () => {
    const { blocks, path } = await fileOf(3);
    const gateway = createGateway({ blocks, maxConcurrentRequests: 2 });
    const [one, two] = [await gateway.request(path), await gateway.request(path)];
    const refused = await gateway.request(path);
    await bytesOf(one);
    await two.body?.cancel();
    const third = await gateway.request(path);

    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("10");
    expect(await refused.json()).toMatchObject({ code: "limit_exceeded" });
    expect(third.status).toBe(200);
  });

  it.each([
    { what: "HEAD", request: { method: "HEAD" }, path: "" },
    { what: "a block", request: {}, path: "?format=raw" },
    { what: "a refusal", request: {}, path: "/nothing" },
    { what: "304", request: { headers: { "if-none-match": "*" } }, path: "" },
  ])("is free again after $what", async ({ request, path: rest }) => {
    const { blocks, path } = await fileOf(3);
    const gateway = createGateway({ blocks, maxConcurrentRequests: 1 });
    await gateway.request(`${path}${rest}`, request);

    expect((await gateway.request(path)).status).toBe(200);
  });

  it("is free again when the client goes away, and nothing more is read for it", async () => {
    const { blocks, path } = await fileOf(9_000);
    const gateway = await serveGateway({ blocks, maxConcurrentRequests: 1 });
    const { hostname, port } = new URL(gateway);
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: gateway\r\n\r\n`);
    await once(socket, "data");
    socket.destroy();
    await expect
      .poll(async () => (await fetch(`${gateway}${path}`, { method: "HEAD" })).status)
      .toBe(200);
    const asked = blocks.asked.length;

    expect(asked).toBeLessThan(9_000);
  });
});

describe("an answer that nobody reads", () => {
  it("gives its place back and lets go of its source when its client goes away", async () => {
    const repository = createMemoryRepository();
    const { cid } = await repository.add(inPieces(seededBytes(3_000_000, 1), 99_999));
    let read = 0;
    repository.events.on("content_retrieved", () => (read += 1));
    const gateway = createGateway({
      blocks: repository.blocks,
      store: repository,
      maxConcurrentRequests: 1,
    });
    const path = `http://gateway/ipfs/${cid.toString()}`;
    const client = new AbortController();
    const answer = await gateway.request(new Request(path, { signal: client.signal }));
    client.abort();

    expect(answer.status).toBe(200);
    await expect.poll(() => read).toBe(1);
    expect((await gateway.request(path, { method: "HEAD" })).status).toBe(200);
    await expect(bytesOf(answer)).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("garbage", () => {
  it.each(["car", "tar"])("is nothing that a %s under way still needs", async (format) => {
    const repository = createMemoryRepository();
    const { cid } = await repository.add(inPieces(seededBytes(9_000_000, 1), 99_999), {
      pin: false,
    });
    const { blocks } = repository;
    const gateway = createGateway({ blocks, store: repository });
    const answer = await gateway.request(`/ipfs/${cid.toString()}?format=${format}`);
    const reader = answer.body?.getReader();
    let taken = (await reader?.read())?.value?.length ?? 0;
    for await (const removed of repository.collectGarbage()) expect(removed).toBeUndefined();
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      taken += next.value.length;
    }

    expect(taken).toBeGreaterThan(9_000_000);
    let removed = 0;
    for await (const each of repository.collectGarbage()) removed += each.version;
    expect(removed).toBe(10);
  });
});

describe("a slow client", () => {
  it("is handed pieces small enough to be seen taking them", async () => {
    const repository = createMemoryRepository();
    const bytes = seededBytes(3_000_000, 1);
    const { cid } = await repository.add(inPieces(bytes, 99_999));
    const { blocks } = repository;
    const answer = await createGateway({ blocks }).request(`/ipfs/${cid.toString()}`);
    const pieces: Uint8Array[] = [];
    for await (const piece of answer.body ?? []) pieces.push(piece);

    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(65_536);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  });

  it("makes nothing be read that it has not asked for", async () => {
    const { blocks, path } = await fileOf(200);
    const answer = await createGateway({ blocks }).request(path);
    const reader = answer.body?.getReader();
    await reader?.read();
    const asked = blocks.asked.length;
    await reader?.cancel();

    // The root, the first part, and the reader's bounded read-ahead.
    expect(asked).toBeLessThan(15);
  });
});
