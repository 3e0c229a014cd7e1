import {
  abortable,
  type AbortOptions,
  type CID,
  type ContentStore,
  IpfsKitError,
  withTimeout,
} from "@ipfs-kit/core";
import { Logging, LogLevel } from "mediabunny";

import { PROBE_TIMEOUT_MS } from "../defaults.ts";
import { contentReader } from "../source/content-reader.ts";
import { MediaFile } from "../source/media-file.ts";

/** What the headers of an audio or video file say. What they do not say is absent. */
export interface MediaFacts {
  /** `"MP4"`, `"WebM"`, … */
  container: string;
  durationSeconds?: number;
  /** Pixels as shown: turned where the file says so. */
  width?: number;
  height?: number;
  /** Video first: `["avc", "aac"]`. */
  codecs: string[];
}

/**
 * Reads the headers of an audio or video file: some kilobytes of it, within 20 seconds.
 *
 * @throws IpfsKitError `not_found`, `not_a_file`, `empty_content`, `not_media`, `corrupt_media`,
 *   `integrity`, `timeout`, `unavailable`, `aborted`
 */
export async function probeMedia(
  store: Pick<ContentStore, "read" | "stat">,
  cid: CID,
  options: AbortOptions = {},
): Promise<MediaFacts> {
  // Its remarks on codecs it does not know are not for the console.
  Logging.level = LogLevel.Silent;
  const open = async (signal: AbortSignal) => probe(store, cid, signal);
  return withTimeout(PROBE_TIMEOUT_MS, "Reading the file's headers", open, options);
}

async function probe(
  store: Pick<ContentStore, "read" | "stat">,
  cid: CID,
  signal: AbortSignal,
): Promise<MediaFacts> {
  const { type, size } = await store.stat(cid, { signal });
  if (type !== "file") throw new IpfsKitError("not_a_file", "This CID is no file.");
  if (size === 0) throw new IpfsKitError("empty_content", "The file is empty.");
  const opening = MediaFile.open(contentReader(store, cid, size, signal));
  try {
    using file = await abortable(opening, signal);
    return factsOf(file);
  } catch (error) {
    // It may still open after we have given up.
    opening.then((file) => file[Symbol.dispose]()).catch(() => {});
    throw error;
  }
}

function factsOf({ container, durationSeconds, video, audio }: MediaFile): MediaFacts {
  const codecs = [video?.codec, audio?.codec].filter((codec) => codec !== undefined);
  const isTurned = video !== undefined && video.rotation % 180 !== 0;
  const [width, height] = isTurned ? [video.height, video.width] : [video?.width, video?.height];
  return {
    container,
    codecs,
    ...(isLength(durationSeconds) && { durationSeconds }),
    ...(isExtent(width) && isExtent(height) && { width, height }),
  };
}

/** Numbers in a file are a stranger's word. */
function isLength(seconds: number | undefined): seconds is number {
  return seconds !== undefined && Number.isFinite(seconds) && seconds >= 0;
}

function isExtent(pixels: number | undefined): pixels is number {
  return Number.isSafeInteger(pixels) && pixels !== undefined && pixels > 0;
}
