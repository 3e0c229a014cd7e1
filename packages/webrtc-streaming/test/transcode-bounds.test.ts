import { execFile } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import type { IpfsKitError } from "@ipfs-kit/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { ActivityWatch, type ActivityWatchInit } from "../src/transcode/activity-watch.ts";
import { ffmpegWorks } from "../src/transcode/ffmpeg-transcoder.ts";
import { ProcessTranscoder } from "../src/transcode/process-transcoder.ts";
import { runProcess } from "../src/transcode/run-process.ts";
import { bytesInput, transcodeAll } from "./transcode-helpers.ts";

let scratch = "";
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "transcode-test-"));
});
afterEach(async () => {
  await rm(scratch, { recursive: true });
});

async function problemWith(init: Partial<ActivityWatchInit>): Promise<IpfsKitError> {
  const { promise, resolve } = Promise.withResolvers<IpfsKitError>();
  using watch = new ActivityWatch({
    request: { input: bytesInput(new Uint8Array(1)), durationSeconds: 1e12 },
    outputPath: join(scratch, "output.mp4"),
    inactivityTimeoutMs: 60_000,
    onProblem: resolve,
    ...init,
  });
  expect(watch.sawOutput).toBe(false);
  return await promise;
}

describe("an output", () => {
  test("that outgrows its bound is stopped, whatever length the media claims", async () => {
    await using output = await open(join(scratch, "output.mp4"), "w");
    // A hole: it takes no room on the disk.
    await output.truncate(17 * 1024 ** 3);
    expect(await problemWith({})).toMatchObject({ code: "transcode_failed" });
  });

  test("is stopped before the disk is full", async () => {
    const minFreeBytes = Number.MAX_SAFE_INTEGER;
    expect(await problemWith({ minFreeBytes })).toMatchObject({ code: "storage_full" });
  });
});

describe("a program that cannot be started", () => {
  const nowhere = "/nowhere/program";

  test("is unavailable, also when the signal has fired", async () => {
    const transcoder = new ProcessTranscoder(
      { name: "none", program: nowhere, arguments: () => [] },
      { scratchDirectory: scratch },
    );
    const work = transcodeAll(transcoder, { input: bytesInput(new Uint8Array(9)) });
    await expect(work).rejects.toMatchObject({ code: "unavailable" });
    await expect(
      runProcess({ program: nowhere, arguments: [], signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: "ENOENT" });
    expect(await ffmpegWorks({ ffmpegPath: nowhere })).toBe(false);
  });

  // In a process of its own that may have few files open.
  test.skipIf(process.platform === "win32")(
    "for want of file descriptors does not end the server",
    async () => {
      const runProcessUrl = new URL("../src/transcode/run-process.ts", import.meta.url).href;
      const program = `
        import { closeSync, openSync } from "node:fs";
        import { runProcess } from ${JSON.stringify(runProcessUrl)};
        const taken = [];
        const starve = () => {
          try {
            for (;;) taken.push(openSync("/dev/null"));
          } catch {}
        };
        const codes = [];
        for (const signal of [new AbortController().signal, AbortSignal.abort()]) {
          starve();
          const run = runProcess({ program: process.execPath, arguments: ["-v"], signal });
          codes.push(await run.then(() => "ran", (error) => error.code));
          for (const file of taken.splice(0)) closeSync(file);
        }
        const signal = new AbortController().signal;
        const { exitCode } = await runProcess({ program: process.execPath, arguments: ["-v"], signal });
        console.log(JSON.stringify([...codes, exitCode]));
      `;
      const { stdout } = await promisify(execFile)(
        "/bin/sh",
        ["-c", 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath, program],
        { cwd: fileURLToPath(new URL("..", import.meta.url)) },
      );
      expect(JSON.parse(stdout)).toEqual(["EMFILE", "EMFILE", 0]);
    },
  );
});
