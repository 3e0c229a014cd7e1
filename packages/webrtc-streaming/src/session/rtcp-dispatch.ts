import {
  GenericNack,
  RtcpPayloadSpecificFeedback,
  RtcpRrPacket,
  RtcpSrPacket,
  RtcpTransportLayerFeedback,
} from "werift";

import type { MediaSender } from "../sender/media-sender.ts";

/** Feedback message types (RFC 4585, 6.3 and RFC 5104, 4.3). */
const PICTURE_LOSS_INDICATION = 1;
const FULL_INTRA_REQUEST = 4;

/** Any RTCP packet of the far end. */
export type RtcpPacket =
  | RtcpRrPacket
  | RtcpSrPacket
  | RtcpPayloadSpecificFeedback
  | RtcpTransportLayerFeedback
  | { readonly type: number };

/** Hands the far end's reports and requests to the track they are about. */
export function dispatchRtcp(
  packet: RtcpPacket,
  senders: readonly MediaSender[],
  onKeyFrameRequest: () => void,
): void {
  const senderOf = (ssrc: number) => senders.find((sender) => sender.ssrc === ssrc);
  if (packet instanceof RtcpRrPacket || packet instanceof RtcpSrPacket) {
    for (const report of packet.reports) senderOf(report.ssrc)?.onReceiverReport(report);
  } else if (packet instanceof RtcpTransportLayerFeedback) {
    const { feedback } = packet;
    if (feedback instanceof GenericNack) senderOf(feedback.mediaSourceSsrc)?.onNack(feedback.lost);
  } else if (packet instanceof RtcpPayloadSpecificFeedback) {
    const { count } = packet.feedback;
    if (count === PICTURE_LOSS_INDICATION || count === FULL_INTRA_REQUEST) onKeyFrameRequest();
  }
}
