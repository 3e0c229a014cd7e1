import { availableParallelism } from "node:os";

import {
  abortable,
  InvalidStateError,
  IpfsKitError,
  TaskScope,
  type CID,
  type ContentStore,
  type Logger,
} from "@ipfs-kit/core";

import type { Transcoder, TranscodeRequest } from "../transcode/transcoder.ts";
import type { RenditionIndex } from "./rendition-index.ts";

/** What must be done to content before browsers take it. Tracks that are not there are undefined. */
export interface Conversion {
  cid: CID;
  size: number;
  video: "copy" | "h264" | undefined;
  audio: "copy" | "opus" | undefined;
  durationSeconds: number | undefined;
  /** Why, in words: part of the error when nothing can do it. */
  reason: string;
  /** What is done, in words: shown while it is being done. */
  detail: string;
}

export interface ConversionProgress {
  /** 0 to 100; absent before anything is known. */
  percent?: number;
  detail: string;
}

export interface ConversionsInit {
  store: ContentStore;
  transcoder: Transcoder | undefined;
  renditions: RenditionIndex;
  logger: Logger;
}

interface Job {
  result: Promise<CID>;
  controller: AbortController;
  listeners: Set<(progress: ConversionProgress) => void>;
  last: ConversionProgress;
}

/** Encoders use every core they get; more at once would only make all of them late. */
const MAX_RUNNING = Math.max(1, Math.floor(availableParallelism() / 2));

/**
 * Runs conversions: each content once however many wait for it, a few at a time, given up when the
 * last one waiting leaves.
 */
export class Conversions {
  readonly #init: ConversionsInit;
  readonly #scope = new TaskScope({ name: "conversions", onFailure: "isolate" });
  readonly #jobs = new Map<string, Job>();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(init: ConversionsInit) {
    this.#init = init;
  }

  /** @throws IpfsKitError `unplayable` without a transcoder, `transcode_failed`, `aborted` … */
  async run(
    conversion: Conversion,
    options: {
      signal: AbortSignal;
      onPreparing?: ((progress: ConversionProgress) => void) | undefined;
    },
  ): Promise<CID> {
    const { transcoder } = this.#init;
    if (transcoder === undefined) throw unplayable(conversion);
    const key = conversion.cid.toString();
    const job = this.#jobs.get(key) ?? this.#startJob(key, conversion, transcoder);
    // A function of its own: two who wait may have given the same one.
    const listener = (progress: ConversionProgress) => options.onPreparing?.(progress);
    job.listeners.add(listener);
    try {
      listener(job.last);
      return await abortable(job.result, options.signal);
    } finally {
      job.listeners.delete(listener);
      if (job.listeners.size === 0) {
        // Whoever asks from now on starts anew instead of joining a job that is being given up.
        this.#forget(key, job);
        job.controller.abort();
      }
    }
  }

  async stop(): Promise<void> {
    await this.#scope.stop();
  }

  #startJob(key: string, conversion: Conversion, transcoder: Transcoder): Job {
    if (this.#scope.signal.aborted) throw new InvalidStateError("The server is stopping.");
    const controller = new AbortController();
    const listeners: Job["listeners"] = new Set();
    const onPercent = (percent: number) => {
      job.last = { detail: conversion.detail, percent };
      for (const listener of listeners) listener(job.last);
    };
    const result = this.#scope.spawn(`convert ${key}`, async (scopeSignal) => {
      const signal = AbortSignal.any([scopeSignal, controller.signal]);
      return this.#convert(conversion, transcoder, signal, onPercent);
    });
    const job: Job = { controller, listeners, last: { detail: conversion.detail }, result };
    const forget = () => this.#forget(key, job);
    // Whoever waits gets the error; when nobody is left it needs no handler.
    result.then(forget, forget);
    this.#jobs.set(key, job);
    return job;
  }

  #forget(key: string, job: Job): void {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
  }

  async #convert(
    conversion: Conversion,
    transcoder: Transcoder,
    signal: AbortSignal,
    onPercent: (percent: number) => void,
  ): Promise<CID> {
    await this.#takeTurn(signal);
    const startedAt = performance.now();
    try {
      const { store, renditions, logger } = this.#init;
      const { cid } = await store.add(
        transcoder.transcode(this.#request(conversion, signal, onPercent)),
        // Not pinned: it can be made again, so collecting it loses nothing.
        { pin: false, name: `${conversion.cid.toString()}.webrtc.mp4`, signal },
      );
      await renditions.set(conversion.cid, cid);
      logger.info("Content was made playable.", {
        cid: conversion.cid.toString(),
        rendition: cid.toString(),
        detail: conversion.detail,
        transcoder: transcoder.name,
        duration_ms: Math.round(performance.now() - startedAt),
      });
      return cid;
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  #request(
    conversion: Conversion,
    signal: AbortSignal,
    onPercent: (percent: number) => void,
  ): TranscodeRequest {
    const { store } = this.#init;
    return {
      input: {
        size: conversion.size,
        read: (offset, length, readSignal) =>
          store.read(conversion.cid, { offset, length, signal: readSignal }),
      },
      video: conversion.video ?? "none",
      audio: conversion.audio ?? "none",
      durationSeconds: conversion.durationSeconds,
      onProgress: (fraction) => onPercent(Math.round(fraction * 1_000) / 10),
      signal,
    };
  }

  async #takeTurn(signal: AbortSignal): Promise<void> {
    while (this.#running >= MAX_RUNNING) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      try {
        await abortable(promise, signal);
      } catch (error) {
        const index = this.#waiting.indexOf(resolve);
        // Its turn may have come at the very moment it gave up: then the turn goes to the next.
        if (index === -1) this.#waiting.shift()?.();
        else this.#waiting.splice(index, 1);
        throw error;
      }
    }
    this.#running += 1;
  }
}

function unplayable({ reason, detail }: Conversion): IpfsKitError {
  return new IpfsKitError(
    "unplayable",
    `This cannot be played as it is: ${reason}. It needs a conversion (${detail}): install ffmpeg ` +
      "with libx264 and libopus, or the npm package node-av, and restart the server.",
    { details: { reason, conversion: detail } },
  );
}
