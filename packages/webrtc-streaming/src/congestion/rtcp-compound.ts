/** RTCP payload types and formats that are about congestion. */
const TRANSPORT_FEEDBACK = { type: 205, format: 15 } as const;
const APPLICATION_FEEDBACK = { type: 206, format: 15 } as const;

/** Packets of one datagram that are looked at; a datagram of 1,500 bytes has room for as many as it likes. */
const MOST_PACKETS = 64;

/** What a compound RTCP packet holds, still as bytes. */
export interface SplitCompound {
  /** Transport-wide congestion control feedback. */
  transportFeedback: Uint8Array[];
  /** Application layer feedback: REMB among others. */
  applicationFeedback: Uint8Array[];
  /** Everything else, to be read by others. */
  rest: Uint8Array[];
}

/**
 * Cuts a compound RTCP packet (RFC 3550, 6.1) into its packets, without copying. Stops at the first
 * that does not fit: what follows has no known beginning.
 */
export function splitCompound(bytes: Uint8Array): SplitCompound {
  const split: SplitCompound = { transportFeedback: [], applicationFeedback: [], rest: [] };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let index = 0; index < MOST_PACKETS && at + 4 <= bytes.length; index += 1) {
    const first = view.getUint8(at);
    const type = view.getUint8(at + 1);
    const end = at + (view.getUint16(at + 2) + 1) * 4;
    if (first >> 6 !== 2 || end > bytes.length) break;
    const packet = bytes.subarray(at, end);
    const format = first & 0x1f;
    if (type === TRANSPORT_FEEDBACK.type && format === TRANSPORT_FEEDBACK.format) {
      split.transportFeedback.push(packet);
    } else if (type === APPLICATION_FEEDBACK.type && format === APPLICATION_FEEDBACK.format) {
      split.applicationFeedback.push(packet);
    } else {
      split.rest.push(packet);
    }
    at = end;
  }
  return split;
}
