import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  abortReason,
  anySignal,
  IpfsKitError,
  noopLogger,
  throwIfAborted,
  UnavailableError,
  type Logger,
} from "@ipfs-kit/core";

import { ActivityWatch } from "./activity-watch.ts";
import { serveByteRanges } from "./byte-range-server.ts";
import type { TranscodeJob } from "./encoding-plan.ts";
import { DEFAULT_INACTIVITY_TIMEOUT_MS, DEFAULT_THREADS } from "./limits.ts";
import { runProcess } from "./run-process.ts";
import type { Transcoder, TranscoderInit, TranscodeRequest } from "./transcoder.ts";

/** A program that does a {@link TranscodeJob} and tells its progress as `ffmpeg -progress` does. */
export interface TranscodeProgram {
  name: string;
  program: string;
  arguments(job: TranscodeJob): string[];
}

const CHUNK_BYTES = 256 * 1024;

/** Transcodes in a process of its own, so that neither a crash nor a block reaches the server. */
export class ProcessTranscoder implements Transcoder {
  readonly name: string;
  readonly #program: TranscodeProgram;
  readonly #scratchDirectory: string;
  readonly #threads: number;
  readonly #inactivityTimeoutMs: number;
  readonly #logger: Logger;

  constructor(
    program: TranscodeProgram,
    {
      scratchDirectory = tmpdir(),
      threads = DEFAULT_THREADS,
      inactivityTimeoutMs = DEFAULT_INACTIVITY_TIMEOUT_MS,
      logger = noopLogger,
    }: TranscoderInit = {},
  ) {
    this.name = program.name;
    this.#program = program;
    this.#scratchDirectory = scratchDirectory;
    this.#threads = threads;
    this.#inactivityTimeoutMs = inactivityTimeoutMs;
    this.#logger = logger.child({ transcoder: program.name });
  }

  async *transcode(request: TranscodeRequest): AsyncGenerator<Uint8Array, void, undefined> {
    const { signal, onProgress } = request;
    throwIfAborted(signal);
    const scratch = await mkdtemp(join(this.#scratchDirectory, "transcode-"));
    try {
      const output = join(scratch, "output.mp4");
      await this.#produce(request, output);
      onProgress?.(1);
      yield* readChunks(output, signal);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  async #produce(request: TranscodeRequest, outputPath: string): Promise<void> {
    const { input, video, audio, signal } = request;
    const stopped = new AbortController();
    using watch = new ActivityWatch({
      request,
      outputPath,
      inactivityTimeoutMs: this.#inactivityTimeoutMs,
      onProblem: (error) => stopped.abort(error),
    });
    await using server = await serveByteRanges({
      input,
      onBytes: (count) => watch.inputTaken(count),
      onFailure: (error) => stopped.abort(inputError(error)),
    });
    const job = { inputUrl: server.url, outputPath, video, audio, threads: this.#threads };
    const started = performance.now();
    const { exitCode, complaints } = await runProcess({
      program: this.#program.program,
      arguments: this.#program.arguments(job),
      onLine: (line) => watch.progressLine(line),
      signal: anySignal(stopped.signal, signal),
    }).catch((error: unknown) => {
      throw new UnavailableError(`The transcoder ${this.name} cannot be started.`, {
        cause: error,
      });
    });
    throwIfAborted(signal);
    if (stopped.signal.aborted) throw abortReason(stopped.signal);
    const bytes = await sizeOf(outputPath);
    if (exitCode !== 0 || bytes === 0 || !watch.sawOutput) {
      throw transcodeError(this.name, exitCode, readable(complaints, job));
    }
    this.#logger.debug("transcoded", { bytes, ms: Math.round(performance.now() - started) });
  }
}

function inputError(error: unknown): IpfsKitError {
  if (error instanceof IpfsKitError) return error;
  return new UnavailableError("The media could not be read.", { cause: error });
}

function transcodeError(
  name: string,
  exitCode: number | undefined,
  complaints: string,
): IpfsKitError {
  const code = complaints.includes("moov atom not found") ? "corrupt_media" : "transcode_failed";
  const what =
    code === "corrupt_media" ? "The media is cut short" : "The media cannot be converted";
  const end = exitCode === undefined ? "killed" : `exit code ${exitCode}`;
  return new IpfsKitError(code, `${what} (${name}, ${end}).`, {
    cause: new Error(complaints === "" ? "The program gave no reason." : complaints),
  });
}

/** Complaints quote the media: no control characters, and neither our address nor our paths. */
function readable(complaints: string, { inputUrl, outputPath }: TranscodeJob): string {
  return complaints
    .replaceAll(inputUrl, "input")
    .replaceAll(outputPath, "output")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
}

async function* readChunks(
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  await using file = await open(path);
  for (;;) {
    throwIfAborted(signal);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(CHUNK_BYTES));
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
