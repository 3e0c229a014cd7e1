import {
  type CID,
  type ContentRepository,
  delay,
  errorCodeOf,
  type Logger,
  MEDIA_TYPE_PROBE_BYTES,
  mediaTypeOf,
  withTimeout,
} from "@ipfs-kit/core";
import { probeMedia } from "@ipfs-kit/webrtc-streaming";

import { boundedReads } from "./bounded-reads.ts";
import type { MetadataStore, PendingProbe, ProbeResult } from "./metadata-store.ts";

/**
 * Bytes read of one file: the index of some four hours of video. Ordinary files need one or two
 * hundred kilobytes.
 */
const MAX_PROBE_BYTES = 8 * 1024 * 1024;
/** Time for one look, reading included. */
const PROBE_MS = 30_000;
/** Looks that took too long, before the content is given up. */
const MAX_ATTEMPTS = 5;
/** Wait after a look that the store did not answer. */
const RETRY_MS = 30_000;

/** Wait after something came in. */
const GATHER_MS = 100;

export interface MetadataProberInit {
  metadata: Pick<MetadataStore, "nextPending" | "setProbed">;
  store: Pick<ContentRepository, "stat" | "read">;
  logger: Logger;
  /** Milliseconds to wait after the store did not answer. @default 30 000 */
  retryMs?: number | undefined;
}

/**
 * Looks at the bytes of what came in, one after the other, the oldest first; what could not be looked
 * at goes behind all others. The queue is the table itself: nothing is dropped, it takes no memory,
 * and what waits is still there after a restart. A store that is out of reach says nothing of its
 * content: that waits as long as it takes.
 */
export class MetadataProber {
  readonly #init: MetadataProberInit;
  #wake = Promise.withResolvers<void>();

  constructor(init: MetadataProberInit) {
    this.#init = init;
  }

  /** There may be something to look at. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Goes on until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { logger, retryMs = RETRY_MS } = this.#init;
    signal.addEventListener("abort", () => this.wake(), { once: true });
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      let outcome: "nothing" | "done" | "retry";
      try {
        outcome = await this.#probeNext(signal);
      } catch (error) {
        logger.error("metadata could not be written", { error });
        outcome = "retry";
      }
      if (outcome === "nothing") await this.#wake.promise;
      // What comes in together is looked for together.
      if (outcome === "nothing") await pause(GATHER_MS, signal);
      if (outcome === "retry") await pause(retryMs, signal);
    }
  }

  async #probeNext(signal: AbortSignal): Promise<"nothing" | "done" | "retry"> {
    const { metadata, logger } = this.#init;
    const pending = metadata.nextPending();
    if (pending === undefined) return "nothing";
    const result = await this.#probe(pending, signal);
    if (signal.aborted) return "done";
    metadata.setProbed(pending.cid, result);
    if (result.status !== "pending") return "done";
    logger.debug("content could not be looked at, it is tried again", {
      cid: pending.cid.toString(),
      reason_code: result.reasonCode,
    });
    return "retry";
  }

  async #probe(pending: PendingProbe, stop: AbortSignal): Promise<ProbeResult> {
    const { cid, name, attempts } = pending;
    let { size, mediaType } = pending;
    const look = async (signal: AbortSignal): Promise<ProbeResult> => {
      if (size === undefined || mediaType === undefined) {
        const info = await this.#init.store.stat(cid, { signal });
        size ??= info.size;
        mediaType ??=
          info.type === "file" ? await this.#guess(cid, name, signal) : `inode/${info.type}`;
      }
      const known = { size, mediaType };
      if (!/^(?:audio|video)\//.test(mediaType)) return { status: "not_needed", ...known };
      const facts = await probeMedia(boundedReads(this.#init.store, MAX_PROBE_BYTES), cid, {
        signal,
      });
      const { durationSeconds, width, height, codecs } = facts;
      return { status: "done", ...known, durationSeconds, width, height, codecs };
    };
    try {
      return await withTimeout(PROBE_MS, "The look at the content", look, { signal: stop });
    } catch (error) {
      const reasonCode = errorCodeOf(error);
      if (reasonCode === "internal") {
        this.#init.logger.error("looking at content failed", { error, cid: cid.toString() });
      }
      const isPassing =
        reasonCode === "unavailable" || (reasonCode === "timeout" && attempts + 1 < MAX_ATTEMPTS);
      return { status: isPassing ? "pending" : "failed", reasonCode, size, mediaType };
    }
  }

  /** The type by the name and the first bytes. */
  async #guess(cid: CID, name: string | undefined, signal: AbortSignal): Promise<string> {
    const head: Uint8Array[] = [];
    const range = { length: MEDIA_TYPE_PROBE_BYTES, signal };
    for await (const chunk of this.#init.store.read(cid, range)) head.push(chunk);
    return mediaTypeOf(name, Buffer.concat(head));
  }
}

/** Waits; the end of the wait is soon enough noticed by whoever looks at the signal. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, { signal }).catch(() => {});
}
