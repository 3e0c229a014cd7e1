import { MemoryBlocks } from "@ipfs-kit/content-memory";
import { createGateway } from "@ipfs-kit/gateway";
import { seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { DagMaker } from "./support/dags.ts";
import { bytesOf, rawRequest, serveGateway } from "./support/serve-gateway.ts";

const LEAF = 1_000;
const BYTES = seededBytes(20 * LEAF, 21);

async function served() {
  const blocks = new MemoryBlocks();
  const file = await new DagMaker(blocks).file(BYTES, LEAF);
  const path = `/ipfs/${file.cid.toString()}`;
  return {
    blocks,
    file,
    path,
    etag: `"${file.cid.toString()}"`,
    gateway: createGateway({ blocks }),
  };
}

interface Part {
  type: string | undefined;
  range: string | undefined;
  bytes: Buffer;
}

/** Reads a multipart body as RFC 2046 has it. @throws Error when it is not whole */
function partsOf(body: Uint8Array, contentType: string): Part[] {
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(contentType)?.[1] ?? "";
  const text = Buffer.from(body).toString("latin1");
  const [first, ...pieces] = `\r\n${text}`.split(`\r\n--${boundary}`);
  if (boundary === "" || first !== "" || pieces.pop() !== "--\r\n") throw new Error("no multipart");
  return pieces.map((piece) => {
    const end = piece.indexOf("\r\n\r\n");
    const head = piece.slice(0, end);
    return {
      type: /^Content-Type: (.*)$/m.exec(head)?.[1],
      range: /^Content-Range: (.*)$/m.exec(head)?.[1],
      bytes: Buffer.from(piece.slice(end + 4), "latin1"),
    };
  });
}

describe("several ranges", () => {
  it("come as parts of one answer with its length, each with its type and place", async () => {
    const { gateway, path, etag } = await served();
    const answer = await gateway.request(path, {
      headers: { range: "bytes=15000-15999,0-4,4990-6010,-3" },
    });
    const body = await bytesOf(answer);
    const type = "application/octet-stream";

    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBeNull();
    expect(answer.headers.get("content-length")).toBe(String(body.length));
    expect(answer.headers.get("etag")).toBe(etag);
    expect(answer.headers.get("accept-ranges")).toBe("bytes");
    expect(partsOf(body, answer.headers.get("content-type") ?? "")).toEqual([
      {
        type,
        range: "bytes 15000-15999/20000",
        bytes: Buffer.from(BYTES.subarray(15_000, 16_000)),
      },
      { type, range: "bytes 0-4/20000", bytes: Buffer.from(BYTES.subarray(0, 5)) },
      { type, range: "bytes 4990-6010/20000", bytes: Buffer.from(BYTES.subarray(4_990, 6_011)) },
      { type, range: "bytes 19997-19999/20000", bytes: Buffer.from(BYTES.subarray(-3)) },
    ]);
  });

  it("of a block come in the same way", async () => {
    const { gateway, file } = await served();
    const leaf = file.leaves[7] ?? file.cid;
    const answer = await gateway.request(`/ipfs/${leaf.toString()}?format=raw`, {
      headers: { range: "bytes=0-1,900-901" },
    });
    const parts = partsOf(await bytesOf(answer), answer.headers.get("content-type") ?? "");

    expect(parts.map(({ range }) => range)).toEqual(["bytes 0-1/1000", "bytes 900-901/1000"]);
    expect(parts.map(({ type }) => type)).toEqual(Array(2).fill("application/vnd.ipld.raw"));
    expect(parts[1]?.bytes).toEqual(Buffer.from(BYTES.subarray(7_900, 7_902)));
  });

  it("read no block that none of them needs", async () => {
    const { blocks, gateway, path, file } = await served();
    blocks.asked.length = 0;
    await bytesOf(
      await gateway.request(path, { headers: { range: "bytes=2000-2009,17000-17009" } }),
    );
    const asked = new Set(blocks.asked);

    // The first leaf tells the type.
    const needed = [file.cid, ...[0, 2, 17].map((index) => file.leaves[index] ?? file.cid)];
    expect(asked).toEqual(new Set(needed.map(String)));
  });

  it("are answered with all there is when they are too many, or the client has another version", async () => {
    const { gateway, path } = await served();
    const many = Array.from({ length: 40 }, (_, index) => `${index * 400}-${index * 400}`).join(
      ",",
    );
    const tooMany = await gateway.request(path, { headers: { range: `bytes=${many}` } });
    const other = await gateway.request(path, {
      headers: { range: "bytes=0-1,9000-9001", "if-range": '"other"' },
    });

    expect([tooMany.status, other.status]).toEqual([200, 200]);
    expect(await bytesOf(tooMany)).toEqual(BYTES);
    expect(await bytesOf(other)).toEqual(BYTES);
  });

  it("mean nothing to HEAD", async () => {
    const { gateway, path } = await served();
    const answer = await gateway.request(path, {
      method: "HEAD",
      headers: { range: "bytes=0-1,9000-9001" },
    });

    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-length")).toBe(String(BYTES.length));
  });

  it("fail with a status while nothing was sent, and reset the connection later", async () => {
    const { blocks, path, file } = await served();
    blocks.damage(file.leaves[9] ?? file.cid);
    const address = await serveGateway({ blocks });
    const first = await fetch(`${address}${path}`, { headers: { range: "bytes=9000-9001,0-1" } });
    const second = await rawRequest(address, path, { headers: { range: "bytes=0-1,9000-9001" } });

    expect(first.status).toBe(502);
    expect(second.head).toContain("206 Partial Content");
    expect(second.error).toBe("ECONNRESET");
    expect(second.body.includes("9000-9001")).toBe(false);
  });
});

describe("If-Match", () => {
  it("holds a client to the content it means, by a strong comparison", async () => {
    const { gateway, path, etag } = await served();
    const statuses: number[] = [];
    for (const tag of [etag, "*", `"other", ${etag}`, `W/${etag}`, '"other"', "nonsense"]) {
      const headers = { "if-match": tag, range: "bytes=0-1" };
      statuses.push((await gateway.request(path, { headers })).status);
    }

    expect(statuses).toEqual([206, 206, 206, 412, 412, 412]);
  });
});
