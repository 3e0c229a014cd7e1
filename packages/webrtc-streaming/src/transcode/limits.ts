/** Threads per codec. Fixed, because x264's output depends on it. */
export const DEFAULT_THREADS = 4;

/** A minute covers a slow IPFS fetch and the slowest seek; more is a stuck program. */
export const DEFAULT_INACTIVITY_TIMEOUT_MS = 60_000;

/** How often inactivity and output size are looked at. */
export const WATCH_INTERVAL_MS = 500;

/** Time to end after SIGTERM before SIGKILL. */
export const KILL_GRACE_MS = 1_500;

/** How long a program may take to prove that it works. */
export const PROBE_TIMEOUT_MS = 15_000;

/** What is kept of a program's complaints. */
export const STDERR_TAIL_CHARACTERS = 4_096;

/** Reading the input more often than this is no longer counted as activity. */
export const MAX_INPUT_PASSES = 8;

/** Twice the rate cap of video and audio, in bytes for each second. */
const MAX_OUTPUT_BYTES_PER_SECOND = 1_200_000;
const OUTPUT_ALLOWANCE_BYTES = 64 * 1024 * 1024;
/** For media of unknown length: 12 kbit/s speech becomes 128 kbit/s Opus, and some. */
const MAX_OUTPUT_GROWTH = 32;
/** Whatever length the media claims or its size allows: 8 h at the rate cap of video and audio. */
const MAX_ADDED_BYTES = 16 * 1024 ** 3;

/**
 * A conversion stops before its disk has less than this left. More than any conversion writes
 * between two looks, so the disk never becomes full.
 */
export const MIN_FREE_BYTES = 256 * 1024 * 1024;

/**
 * The size from which an output can only come from hostile media. The length comes from the media
 * and may be a lie, so whatever it is the output adds at most 16 GiB to the size of the input.
 */
export function maxOutputBytes(inputBytes: number, durationSeconds: number | undefined): number {
  const added =
    durationSeconds !== undefined && Number.isFinite(durationSeconds)
      ? Math.ceil(Math.max(0, durationSeconds) * MAX_OUTPUT_BYTES_PER_SECOND)
      : inputBytes * (MAX_OUTPUT_GROWTH - 1);
  return OUTPUT_ALLOWANCE_BYTES + inputBytes + Math.min(added, MAX_ADDED_BYTES);
}
