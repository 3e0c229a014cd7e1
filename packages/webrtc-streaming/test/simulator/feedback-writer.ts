/**
 * Writes transport-wide congestion control feedback, from the draft alone and without a line shared
 * with the reader: what a browser would send. Uses every kind of chunk.
 */

/** A packet feedback tells of: when it arrived in units of 250 µs, or that it did not. */
export interface FeedbackEntry {
  sequence: number;
  arrivalTicks: number | undefined;
}

const REFERENCE_TICKS = 256;

/** @param entries consecutive, the last one arrived; arrival times within what a 16-bit delta can say */
export function writeTransportFeedback(
  entries: readonly FeedbackEntry[],
  feedbackCount: number,
): Uint8Array<ArrayBuffer> {
  const [first] = entries;
  if (first === undefined) throw new RangeError("Feedback tells of one packet at least.");
  const firstArrival = entries.find(({ arrivalTicks }) => arrivalTicks !== undefined)?.arrivalTicks;
  const reference = Math.floor((firstArrival ?? 0) / REFERENCE_TICKS);
  const symbols: number[] = [];
  const deltas: number[] = [];
  let previous = reference * REFERENCE_TICKS;
  for (const { arrivalTicks } of entries) {
    if (arrivalTicks === undefined) {
      symbols.push(0);
      continue;
    }
    const delta = arrivalTicks - previous;
    previous = arrivalTicks;
    if (delta >= 0 && delta <= 255) {
      symbols.push(1);
      deltas.push(delta);
    } else {
      symbols.push(2);
      deltas.push((delta >> 8) & 0xff, delta & 0xff);
    }
  }
  const chunks = chunksOf(symbols);
  const unpadded = 20 + chunks.length * 2 + deltas.length;
  const length = Math.ceil(unpadded / 4) * 4;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  const padding = length - unpadded;
  view.setUint8(0, (2 << 6) | (padding > 0 ? 1 << 5 : 0) | 15);
  view.setUint8(1, 205);
  view.setUint16(2, length / 4 - 1);
  view.setUint32(4, 0x1111_1111);
  view.setUint32(8, 0x2222_2222);
  view.setUint16(12, first.sequence & 0xffff);
  view.setUint16(14, symbols.length);
  view.setUint32(16, ((reference & 0xff_ffff) << 8) | (feedbackCount & 0xff));
  for (const [index, chunk] of chunks.entries()) view.setUint16(20 + index * 2, chunk);
  bytes.set(deltas, 20 + chunks.length * 2);
  if (padding > 0) bytes[length - 1] = padding;
  return bytes;
}

/** As few chunks as it takes, near enough: a run, else fourteen single bits, else seven pairs. */
function chunksOf(symbols: readonly number[]): number[] {
  const chunks: number[] = [];
  for (let at = 0; at < symbols.length;) {
    const symbol = symbols[at] ?? 0;
    let run = 1;
    while (run < 8_191 && symbols[at + run] === symbol) run += 1;
    const isOneBit = symbols.slice(at, at + 14).every((each) => each < 2);
    const width = isOneBit ? 1 : 2;
    const count = 14 / width;
    if (run >= count || at + run >= symbols.length) {
      chunks.push((symbol << 13) | run);
      at += run;
      continue;
    }
    let chunk = 0x8000 | (width === 2 ? 0x4000 : 0);
    for (let index = 0; index < count; index += 1) {
      chunk |= (symbols[at + index] ?? 0) << (14 - width * (index + 1));
    }
    chunks.push(chunk);
    at += count;
  }
  return chunks;
}
