import {
  abortable,
  errorCodeOf,
  IpfsKitError,
  MEDIA_TYPE_PROBE_BYTES,
  mediaTypeOf,
  withTimeout,
  type CID,
  type ContentStore,
  type Logger,
} from "@ipfs-kit/core";

import { PROBE_TIMEOUT_MS } from "../defaults.ts";
import { contentReader } from "../source/content-reader.ts";
import { MediaFile } from "../source/media-file.ts";
import { judgePlayability, type Playability } from "../source/playability.ts";
import type { Transcoder } from "../transcode/transcoder.ts";
import { type Conversion, Conversions, type ConversionProgress } from "./conversions.ts";
import type { RenditionIndex } from "./rendition-index.ts";

export interface ContentPreparerInit {
  store: ContentStore;
  transcoder: Transcoder | undefined;
  renditions: RenditionIndex;
  logger: Logger;
}

export interface PrepareOptions {
  /** Ends the preparation, and every later read of the file it gave. */
  signal: AbortSignal;
  onPreparing?: ((progress: ConversionProgress) => void) | undefined;
}

/**
 * Turns a CID into an open file whose tracks every browser takes. Content that needs no conversion
 * is opened as it is; other content is converted once, stored, and found again by its source's CID.
 */
export class ContentPreparer {
  readonly #init: ContentPreparerInit;
  readonly #conversions: Conversions;

  constructor(init: ContentPreparerInit) {
    this.#init = init;
    this.#conversions = new Conversions(init);
  }

  /**
   * @throws IpfsKitError `not_found`, `not_a_file`, `empty_content`, `not_media`, `corrupt_media`,
   * `unplayable`, `transcode_failed`, `integrity`, `timeout`, `aborted`
   */
  async prepare(cid: CID, { signal, onPreparing }: PrepareOptions): Promise<MediaFile> {
    const found = await probe(signal, async (probeSignal) => {
      const rendition = await this.#openRendition(cid, signal, probeSignal);
      return rendition ?? this.#examine(cid, signal, probeSignal);
    });
    if (found instanceof MediaFile) return found;
    const converted = await this.#conversions.run(found, { signal, onPreparing });
    return probe(signal, async (probeSignal) => this.#open(converted, signal, probeSignal));
  }

  /** Stops running conversions. */
  async stop(): Promise<void> {
    await this.#conversions.stop();
  }

  async #openRendition(
    cid: CID,
    signal: AbortSignal,
    probeSignal: AbortSignal,
  ): Promise<MediaFile | undefined> {
    const rendition = await abortable(this.#init.renditions.get(cid), probeSignal);
    if (rendition === undefined) return undefined;
    try {
      return await this.#open(rendition, signal, probeSignal);
    } catch (error) {
      // It was collected, in part perhaps, or is damaged: it can be made again.
      if (["not_found", "integrity"].includes(errorCodeOf(error))) return undefined;
      throw error;
    }
  }

  /** @param signal ends later reads; `probeSignal` only the opening */
  async #open(cid: CID, signal: AbortSignal, probeSignal: AbortSignal): Promise<MediaFile> {
    const { size } = await this.#init.store.stat(cid, { signal: probeSignal });
    return this.#openMedia(cid, size, signal, probeSignal);
  }

  async #openMedia(
    cid: CID,
    size: number,
    signal: AbortSignal,
    probeSignal: AbortSignal,
  ): Promise<MediaFile> {
    const opening = MediaFile.open(contentReader(this.#init.store, cid, size, signal));
    try {
      return await abortable(opening, probeSignal);
    } catch (error) {
      // It may still open after we have given up.
      opening.then((file) => file[Symbol.dispose]()).catch(() => {});
      throw error;
    }
  }

  /** The file, if it can be played as it is, else what must be done to it. */
  async #examine(
    cid: CID,
    signal: AbortSignal,
    probeSignal: AbortSignal,
  ): Promise<MediaFile | Conversion> {
    const { type, size } = await this.#init.store.stat(cid, { signal: probeSignal });
    if (type !== "file") {
      throw new IpfsKitError("not_a_file", "This CID is a folder; play a file in it.");
    }
    if (size === 0) throw new IpfsKitError("empty_content", "The file is empty.");
    let file: MediaFile;
    try {
      file = await this.#openMedia(cid, size, signal, probeSignal);
    } catch (error) {
      if (!(error instanceof IpfsKitError) || error.code !== "not_media") throw error;
      return this.#examineUnknown(cid, size, error, probeSignal);
    }
    try {
      await abortable(file.verifyEnd(), probeSignal);
      const { video, audio } = await abortable(judgePlayability(file), probeSignal);
      if (video === undefined && audio === undefined) return file;
      const conversion: Conversion = {
        cid,
        size,
        video: file.video && (video === undefined ? "copy" : "h264"),
        audio: file.audio && (audio === undefined ? "copy" : "opus"),
        durationSeconds: file.durationSeconds,
        reason: [video, audio].filter((reason) => reason !== undefined).join("; "),
        detail: describe(file, { video, audio }),
      };
      file[Symbol.dispose]();
      return conversion;
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  /** A container our demuxer does not know may still be one the transcoder does, e.g. AVI. */
  async #examineUnknown(
    cid: CID,
    size: number,
    error: IpfsKitError,
    signal: AbortSignal,
  ): Promise<Conversion> {
    const head: Uint8Array[] = [];
    const { store } = this.#init;
    for await (const chunk of store.read(cid, { length: MEDIA_TYPE_PROBE_BYTES, signal })) {
      head.push(chunk);
    }
    const mediaType = mediaTypeOf(undefined, Buffer.concat(head));
    if (!/^(?:video|audio)\//.test(mediaType)) throw error;
    return {
      cid,
      size,
      video: "h264",
      audio: "opus",
      durationSeconds: undefined,
      reason: `browsers take no ${mediaType}`,
      detail: `${mediaType} → H.264 and Opus`,
    };
  }
}

/** Reading headers has a deadline of its own: the signal of the session has none. */
async function probe<T>(
  signal: AbortSignal,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withTimeout(PROBE_TIMEOUT_MS, "Reading the file's headers", read, { signal });
}

/** What is converted to what, for people: `"H.264 with B-frames → H.264, AAC → Opus"`. */
function describe(file: MediaFile, { video, audio }: Playability): string {
  const parts: string[] = [];
  if (video !== undefined) {
    // Of a codec that browsers do take, it is the reason that says what is converted.
    const takenOtherwise = RTP_CODECS.has(file.video?.codec ?? "");
    parts.push(`${takenOtherwise ? video : nameOf(file.video?.codec)} → H.264`);
  }
  if (audio !== undefined) parts.push(`${nameOf(file.audio?.codec)} → Opus`);
  return parts.join(", ");
}

const RTP_CODECS: ReadonlySet<string> = new Set(["vp8", "vp9", "av1", "avc"]);

const CODEC_NAMES: Readonly<Record<string, string>> = { hevc: "H.265", mp4v: "MPEG-4" };

function nameOf(codec = "unknown"): string {
  return CODEC_NAMES[codec] ?? codec.toUpperCase();
}
