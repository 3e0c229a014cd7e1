import { once } from "node:events";
import { Worker } from "node:worker_threads";

import { describe, expect, it } from "vitest";

import { BOMBS } from "./bombs.ts";

/** The heap a bomb runs in, with all that is loaded for it. A worker that needs more is ended. */
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 };

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  "a file 100 000 levels deep": ["integrity", "integrity", "integrity"],
  "a folder 100 000 levels deep": ["integrity", "integrity", "invalid_request"],
  "2^60 ways through sixty blocks": ["ok 61", "ok", "limit_exceeded"],
  "a file of 2^50 bytes in fifty blocks": ["integrity", "ok 3", "ok 51", "limit_exceeded", "ok 51"],
  "a million links in one node": Array.from({ length: 8 }, () => "integrity"),
  "a million sizes of parts that are not there": ["integrity", "integrity"],
  "deep and wide at once": ["integrity", "integrity", "integrity"],
  "a file deep and wide at once": ["integrity", "integrity", "ok 1"],
  "a sharded folder with shards in all slots, always the same": [
    "integrity",
    "ok 8",
    "limit_exceeded",
    "undefined",
  ],
  "a sharded folder deeper than a hash": Array.from({ length: 6 }, () => "integrity"),
  "data that says it is longer than it is": Array.from({ length: 6 }, () => "integrity"),
  "data nested without end": Array.from({ length: 4 }, () => "integrity"),
  "data of two million empty maps": ["ok", "ok", "ok", "integrity", "ok"],
  "identity CIDs of a megabyte": Array.from({ length: 9 }, () => "integrity"),
};

describe("in a heap of 64 MiB", () => {
  it.each(Object.keys(BOMBS))("%s is refused, or handled", { timeout: 60_000 }, async (name) => {
    const worker = new Worker(new URL("bomb-worker.ts", import.meta.url), {
      workerData: name,
      resourceLimits: LIMITS,
      execArgv: ["--conditions=@ipfs-kit/source", "--disable-warning=ExperimentalWarning"],
    });
    const [outcomes] = await once(worker, "message");
    await worker.terminate();
    expect(outcomes).toEqual(EXPECTED[name]);
  });
});
