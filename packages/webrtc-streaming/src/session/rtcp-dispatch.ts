import { splitCompound } from "../congestion/rtcp-compound.ts";
import type { ReportBlock } from "../sender/remote-reports.ts";

/** What a track is told of what the far end says about it. */
export interface RtcpTarget {
  readonly ssrc: number;
  onReceiverReport(block: ReportBlock): void;
  onNack(lost: Iterable<number>): void;
  onPictureLoss(): void;
  /** @returns whether this is a new request, and not the one before sent once more */
  onFullIntraRequest(number: number): boolean;
}

export interface RtcpListener {
  /** The far end cannot go on without a key frame. */
  onKeyFrameRequest(): void;
  /**
   * What congestion control goes by, each as the bytes of one RTCP packet with its header:
   * transport-wide feedback (payload type 205, format 15) and REMB (206, 15).
   */
  onFeedback(packet: Uint8Array): void;
}

/** RTCP packet types (RFC 3550, 12.1 and RFC 4585, 6.1). */
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
/** Feedback formats (RFC 4585, 6.2 and 6.3; RFC 5104, 4.3). */
const GENERIC_NACK = 1;
const PICTURE_LOSS = 1;
const FULL_INTRA_REQUEST = 4;

const HEADER_BYTES = 4;
const SENDER_INFO_BYTES = 20;
const BLOCK_BYTES = 24;
/** Header, the SSRC of the sender, the SSRC it is about. */
const FEEDBACK_BYTES = 12;
const SEQUENCE_SPACE = 0x1_0000;

/**
 * Hands the far end's reports and requests to the track they are about. Reads the bytes itself:
 * werift drops the jitter, takes the loss, which has a sign, for a number without one, and reads a
 * request for a key frame beyond its end.
 *
 * @param compound a decrypted RTCP datagram; what in it is broken or not known is passed over
 */
export function dispatchRtcp(
  compound: Uint8Array,
  targets: readonly RtcpTarget[],
  listener: RtcpListener,
): void {
  const { transportFeedback, applicationFeedback, rest } = splitCompound(compound);
  for (const packet of transportFeedback) listener.onFeedback(packet);
  for (const packet of applicationFeedback) listener.onFeedback(packet);
  for (const packet of rest) dispatchPacket(packet, targets, listener);
}

function dispatchPacket(
  packet: Uint8Array,
  targets: readonly RtcpTarget[],
  listener: RtcpListener,
): void {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const count = view.getUint8(0) & 0x1f;
  const type = view.getUint8(1);
  if (type === RECEIVER_REPORT || type === SENDER_REPORT) {
    const start = HEADER_BYTES + 4 + (type === SENDER_REPORT ? SENDER_INFO_BYTES : 0);
    readBlocks(view, start, count, targets);
    return;
  }
  if (view.byteLength < FEEDBACK_BYTES) return;
  const about = targets.find(({ ssrc }) => ssrc === view.getUint32(8));
  if (type === TRANSPORT_FEEDBACK && count === GENERIC_NACK) {
    about?.onNack(lostNumbers(view));
  } else if (type === PAYLOAD_FEEDBACK && count === PICTURE_LOSS && about !== undefined) {
    about.onPictureLoss();
    listener.onKeyFrameRequest();
  } else if (type === PAYLOAD_FEEDBACK && count === FULL_INTRA_REQUEST) {
    if (hasNewIntraRequest(view, targets)) listener.onKeyFrameRequest();
  }
}

function readBlocks(
  view: DataView,
  start: number,
  count: number,
  targets: readonly RtcpTarget[],
): void {
  for (let index = 0; index < count; index += 1) {
    const at = start + index * BLOCK_BYTES;
    if (at + BLOCK_BYTES > view.byteLength) return;
    const ssrc = view.getUint32(at);
    targets
      .find((target) => target.ssrc === ssrc)
      ?.onReceiverReport({
        ssrc,
        fractionLost: view.getUint8(at + 4),
        // 24 bits with a sign.
        packetsLost: (view.getInt32(at + 4) << 8) >> 8,
        highestSequence: view.getUint32(at + 8),
        jitter: view.getUint32(at + 12),
        lastReport: view.getUint32(at + 16),
        delaySinceLastReport: view.getUint32(at + 20),
      });
  }
}

/** Each entry names a packet, and in 16 bits those of the next ones that are missing too. */
function* lostNumbers(view: DataView): Generator<number, void> {
  for (let at = FEEDBACK_BYTES; at + 4 <= view.byteLength; at += 4) {
    const first = view.getUint16(at);
    const following = view.getUint16(at + 2);
    yield first;
    for (let bit = 0; bit < 16; bit += 1) {
      if ((following & (1 << bit)) !== 0) yield (first + bit + 1) % SEQUENCE_SPACE;
    }
  }
}

/** The request names its tracks in its entries; the field other feedback names them in is 0. */
function hasNewIntraRequest(view: DataView, targets: readonly RtcpTarget[]): boolean {
  let isNew = false;
  for (let at = FEEDBACK_BYTES; at + 8 <= view.byteLength; at += 8) {
    const target = targets.find(({ ssrc }) => ssrc === view.getUint32(at));
    if (target?.onFullIntraRequest(view.getUint8(at + 4)) === true) isNew = true;
  }
  return isNew;
}
