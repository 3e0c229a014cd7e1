import { noopLogger } from "@ipfs-kit/core";

// @boundaries-ignore a part that is not public is measured by itself
import { MediaSender } from "../../../packages/webrtc-streaming/src/sender/media-sender.ts";
// @boundaries-ignore a part that is not public is measured by itself
import { Pacer } from "../../../packages/webrtc-streaming/src/sender/pacer.ts";
// @boundaries-ignore a part that is not public is measured by itself
import { PacketSender } from "../../../packages/webrtc-streaming/src/sender/packet-sender.ts";
// @boundaries-ignore a part that is not public is measured by itself
import { SessionClock } from "../../../packages/webrtc-streaming/src/sender/session-clock.ts";
// @boundaries-ignore a part that is not public is measured by itself
import { PeerTransport } from "../../../packages/webrtc-streaming/src/session/peer-transport.ts";
// @boundaries-ignore a part that is not public is measured by itself
import { dispatchRtcp } from "../../../packages/webrtc-streaming/src/session/rtcp-dispatch.ts";
// @boundaries-ignore a part that is not public is measured by itself
import type { RtpFormat } from "../../../packages/webrtc-streaming/src/source/rtp-format.ts";
import { frameAt, type Frame } from "./load.ts";
import type { Subject } from "./subjects.ts";
import type { ViewerLink } from "./viewer-link.ts";

const PAYLOADS = new Map<Uint8Array, Frame["payloads"]>(
  [frameAt(0), frameAt(1)].map(({ annexB, payloads }) => [annexB, payloads]),
);
const FORMAT: RtpFormat = {
  kind: "video",
  name: "H264",
  clockRate: 90_000,
  parameters: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
  createPacketizer:
    () =>
    ({ data }) =>
      PAYLOADS.get(data) ?? [],
};
const REPORT_EVERY = 30;

/** It warns when werift has to encrypt; then what is measured is not ours. */
const LOGGER = {
  ...noopLogger,
  warn: (message: string) => {
    throw new Error(message);
  },
};

/** Our whole way out: pacer, numbering, repeats kept, own SRTP, reports. */
export async function ourSubject(
  link: ViewerLink,
  id: number,
  { bitsPerSecond }: { bitsPerSecond?: number },
): Promise<Subject> {
  const transport = await PeerTransport.create([FORMAT], ["127.0.0.1"], LOGGER);
  const candidates: string[] = [];
  await transport.gather(({ candidate }) => candidates.push(`a=candidate:${strip(candidate)}\r\n`));
  const offer = transport.offer + candidates.join("");
  const { answer, connected } = await link.connect(id, offer);
  const up = new Promise<void>((resolve) => (transport.onConnected = resolve));
  await transport.acceptAnswer(answer);
  await Promise.all([up, connected]);
  const [track] = transport.acceptedTracks();
  if (track === undefined) throw new Error("The viewer took no track.");
  const clock = new SessionClock();
  const pacer = new Pacer(bitsPerSecond === undefined ? {} : { bitsPerSecond });
  const packets = new PacketSender(transport, clock);
  const sender = new MediaSender({ ...track, cname: "benchmark", clock, pacer, packets });
  transport.onRtcp = (compound) =>
    dispatchRtcp(compound, [sender], { onKeyFrameRequest: () => {}, onFeedback: () => {} });
  return {
    sendFrame({ annexB, isKey }, index) {
      const at = clock.now();
      sender.sendFrame({ data: annexB, timestamp: 0, duration: 0, keyFrame: isKey }, at);
      if (index % REPORT_EVERY === 0) sender.sendReport();
    },
    sentPackets: () => sender.stats.packetsSent,
  };
}

function strip(candidate: string): string {
  return candidate.replace(/^candidate:/, "");
}
