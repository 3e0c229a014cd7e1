import { randomBytes } from "node:crypto";

import { create } from "kubo-rpc-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type ServerProcess, startServer } from "../support/server-process.ts";

let server: ServerProcess;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

/** The client that IPFS applications use to talk to Kubo; nobody here wrote it. */
const client = () => create({ url: server.ready.http });

describe("Kubo's own client", () => {
  it("adds a file and gets the CID every IPFS node gives it", async () => {
    const added = await client().add("hello world");
    expect(added.cid.toString()).toBe(
      "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
    );
    expect(added.size).toBe(11);
  });

  it("adds several files with progress", async () => {
    const seen: number[] = [];
    const size = 3 * 2 ** 20;
    const files = ["a.bin", "b.bin"].map((path) => ({ path, content: randomBytes(size) }));
    const results: [path: string, size: number][] = [];
    for await (const added of client().addAll(files, { progress: (bytes) => seen.push(bytes) })) {
      results.push([added.path, added.size]);
    }
    // As in Kubo, the root above the three leaves counts too.
    expect(results).toEqual([
      ["a.bin", size + 159],
      ["b.bin", size + 159],
    ]);
    expect(Math.max(...seen)).toBe(size);
    expect(seen.length).toBeGreaterThan(1);
  });

  it("reads the version", async () => {
    expect((await client().version()).version).toMatch(/^\d+\.\d+\.\d+/);
  });
});
