/**
 * What is handed to a connection at a time. Whoever watches whether a client takes its answer sees it
 * piece by piece: pieces of a whole block would make a slow one look stuck.
 */
const SLICE_BYTES = 64 * 1024;

/** The bytes in pieces of at most {@link SLICE_BYTES}, not copied. */
export function* slices(bytes: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    yield bytes.subarray(at, at + SLICE_BYTES);
  }
}
