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

/** The size from which an output can only come from hostile media. */
export function maxOutputBytes(inputBytes: number, durationSeconds: number | undefined): number {
  if (durationSeconds === undefined) return OUTPUT_ALLOWANCE_BYTES + inputBytes * MAX_OUTPUT_GROWTH;
  return (
    OUTPUT_ALLOWANCE_BYTES + inputBytes + Math.ceil(durationSeconds * MAX_OUTPUT_BYTES_PER_SECOND)
  );
}
