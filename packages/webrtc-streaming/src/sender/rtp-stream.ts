/** The header extensions a track was negotiated with: their ids, 1 to 14; absent where the far end takes none. */
export interface HeaderExtensionIds {
  /** Number of the packet among all of the transport, for congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01). */
  transportSequence?: number | undefined;
  /** When the packet left; what REMB is estimated from. */
  absSendTime?: number | undefined;
  /** How long the far end may keep a frame before it shows it. */
  playoutDelay?: number | undefined;
}

/** The header extensions of ours, by their URI. */
export const EXTENSION_URIS: Readonly<Record<keyof HeaderExtensionIds, string>> = {
  transportSequence: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  absSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  playoutDelay: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
};

export interface PlayoutDelay {
  minMs: number;
  maxMs: number;
}

export interface RtpStreamInit {
  ssrc: number;
  payloadType: number;
  extensions?: HeaderExtensionIds | undefined;
  /** The number of its first packet. */
  firstSequenceNumber: number;
}

/** What differs from packet to packet. */
export interface PacketFields {
  timestamp: number;
  marker: boolean;
  /** The payload ends in padding whose last byte says how much. */
  padding: boolean;
}

const SEQUENCE_SPACE = 0x1_0000;
/** SRTP tag of GCM, UDP, IPv4. */
const OUTER_BYTES = 16 + 8 + 20;
const FIXED_BYTES = 12;
const VERSION = 0x80;
const PADDING = 0x20;
const EXTENSION = 0x10;
const MARKER = 0x80;
/** RFC 8285, 4.2. */
const ONE_BYTE_EXTENSIONS = 0xbede;
/** The playout delay is counted in these, in 12 bits. */
const PLAYOUT_STEP_MS = 10;
const PLAYOUT_MOST = 0xfff;
/** Absolute send time: seconds with 18 bits of fraction, in 24 bits. */
const SEND_TIME_STEPS = 2 ** 18;
const SEND_TIME_SPACE = 2 ** 24;

/**
 * One SSRC: numbers its packets and writes their headers. All that stays the same is laid out once
 * and copied.
 */
export class RtpStream {
  readonly ssrc: number;
  /** Whether its packets carry a number of the transport's. */
  readonly isCounted: boolean;
  readonly #init: RtpStreamInit;
  #template = Buffer.alloc(0);
  #transportSequenceAt = 0;
  #sendTimeAt = 0;
  #playoutDelay: PlayoutDelay | undefined;
  #nextIndex: number;

  constructor(init: RtpStreamInit) {
    this.#init = init;
    this.ssrc = init.ssrc;
    this.isCounted = init.extensions?.transportSequence !== undefined;
    this.#nextIndex = init.firstSequenceNumber;
    this.#layOut();
  }

  /**
   * The packet to come, counted from the number of the first and not wrapped: its lower 16 bits are
   * its sequence number, the rest SRTP's roll-over counter.
   */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** What a packet takes on the wire: with its RTP, UDP and IPv4 headers, and the longest SRTP tag. */
  wireBytes(payloadBytes: number): number {
    return this.#template.length + payloadBytes + OUTER_BYTES;
  }

  /** From the next packet on; of no effect when the far end does not take it. Absent: it decides alone. */
  set playoutDelay(delay: PlayoutDelay | undefined) {
    this.#playoutDelay = delay;
    this.#layOut();
  }

  /**
   * The header of the packet to come, and counts it.
   *
   * @param transportSequence written where the extension was negotiated
   * @param sentAtMs any clock that goes on
   */
  header(
    { timestamp, marker, padding }: PacketFields,
    transportSequence: number,
    sentAtMs: number,
  ): Buffer {
    const header = Buffer.allocUnsafe(this.#template.length);
    header.set(this.#template);
    if (padding) header[0] = (header[0] ?? 0) | PADDING;
    if (marker) header[1] = this.#init.payloadType | MARKER;
    header.writeUInt16BE(this.#nextIndex % SEQUENCE_SPACE, 2);
    header.writeUInt32BE(timestamp, 4);
    if (this.#transportSequenceAt > 0) {
      header.writeUInt16BE(transportSequence % SEQUENCE_SPACE, this.#transportSequenceAt);
    }
    if (this.#sendTimeAt > 0) {
      const steps = Math.floor((sentAtMs / 1_000) * SEND_TIME_STEPS) % SEND_TIME_SPACE;
      header.writeUIntBE(steps, this.#sendTimeAt, 3);
    }
    this.#nextIndex += 1;
    return header;
  }

  #layOut(): void {
    const { ssrc, payloadType, extensions = {} } = this.#init;
    const { transportSequence, absSendTime, playoutDelay } = extensions;
    const body: number[] = [];
    const start = FIXED_BYTES + 4;
    if (transportSequence !== undefined) {
      this.#transportSequenceAt = start + body.length + 1;
      body.push(extensionHead(transportSequence, 2), 0, 0);
    } else if (absSendTime !== undefined) {
      // Only without the transport-wide numbers: with both, nobody looks at this one.
      this.#sendTimeAt = start + body.length + 1;
      body.push(extensionHead(absSendTime, 3), 0, 0, 0);
    }
    if (playoutDelay !== undefined && this.#playoutDelay !== undefined) {
      const least = playoutSteps(this.#playoutDelay.minMs);
      const most = Math.max(least, playoutSteps(this.#playoutDelay.maxMs));
      const bytes = [least >> 4, ((least & 0xf) << 4) | (most >> 8), most & 0xff];
      body.push(extensionHead(playoutDelay, 3), ...bytes);
    }
    while (body.length % 4 !== 0) body.push(0);
    this.#template = Buffer.alloc(body.length === 0 ? FIXED_BYTES : start + body.length);
    this.#template[0] = VERSION | (body.length === 0 ? 0 : EXTENSION);
    this.#template[1] = payloadType;
    this.#template.writeUInt32BE(ssrc, 8);
    if (body.length === 0) return;
    this.#template.writeUInt16BE(ONE_BYTE_EXTENSIONS, FIXED_BYTES);
    this.#template.writeUInt16BE(body.length / 4, FIXED_BYTES + 2);
    this.#template.set(body, start);
  }
}

function extensionHead(id: number, bytes: number): number {
  return (id << 4) | (bytes - 1);
}

function playoutSteps(milliseconds: number): number {
  return Math.min(PLAYOUT_MOST, Math.max(0, Math.round(milliseconds / PLAYOUT_STEP_MS)));
}
