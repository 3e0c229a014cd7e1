import { extname } from "node:path";
import { fileURLToPath } from "node:url";

import { PROBE_TIMEOUT_MS } from "./limits.ts";
import { ProcessTranscoder } from "./process-transcoder.ts";
import { runProcess } from "./run-process.ts";
import type { Transcoder, TranscoderInit } from "./transcoder.ts";

// The worker has this file's extension: .ts in the sources, .js once built.
const WORKER = fileURLToPath(
  new URL(`./node-av-worker${extname(import.meta.url)}`, import.meta.url),
);

/**
 * Transcodes with the npm package node-av, an optional peer dependency, in a process of its own:
 * for machines without ffmpeg. Does not look whether the package is there.
 */
export function createNodeAvTranscoder(init: TranscoderInit = {}): Transcoder {
  return new ProcessTranscoder(
    {
      name: "node-av",
      program: process.execPath,
      arguments: (job) => [WORKER, JSON.stringify(job)],
    },
    init,
  );
}

/** Whether node-av is installed, loads on this machine and has the encoders we need. */
export async function nodeAvWorks(): Promise<boolean> {
  return runProcess({
    program: process.execPath,
    arguments: [WORKER],
    signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
  }).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
}
