import {
  H264RtpPacketizer,
  PeerConnection,
  RtcpNackResponder,
  RtcpSrReporter,
  RtpPacketizationConfig,
  Video,
} from "node-datachannel";

import { MAX_PAYLOAD_BYTES } from "./load.ts";
import type { Subject } from "./subjects.ts";
import type { ViewerLink } from "./viewer-link.ts";

const PAYLOAD_TYPE = 96;
const CLOCK_RATE = 90_000;

/** libdatachannel: packetizer, reports and repeats in C++. */
export async function nativeSubject(link: ViewerLink, id: number): Promise<Subject> {
  const connection = new PeerConnection(`sender ${id}`, {
    iceServers: [],
    bindAddress: "127.0.0.1",
    disableAutoNegotiation: true,
  });
  const ssrc = 1_000 + id;
  const video = new Video("0", "SendOnly");
  video.addH264Codec(
    PAYLOAD_TYPE,
    "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
  );
  video.addSSRC(ssrc, "benchmark", "stream", "track");
  const track = connection.addTrack(video);
  const config = new RtpPacketizationConfig(ssrc, "benchmark", PAYLOAD_TYPE, CLOCK_RATE);
  const packetizer = new H264RtpPacketizer("LongStartSequence", config, MAX_PAYLOAD_BYTES);
  packetizer.addToChain(new RtcpSrReporter(config));
  packetizer.addToChain(new RtcpNackResponder());
  track.setMediaHandler(packetizer);
  const opened = new Promise<void>((resolve) => track.onOpen(resolve));
  const gathered = new Promise<void>((resolve) => {
    connection.onGatheringStateChange((state) => {
      if (state === "complete") resolve();
    });
  });
  connection.setLocalDescription("offer");
  await gathered;
  const { answer, connected } = await link.connect(id, connection.localDescription()?.sdp ?? "");
  connection.setRemoteDescription(answer, "answer");
  await Promise.all([connected, opened]);
  let sent = 0;
  return {
    sendFrame({ annexB, payloads }, index) {
      config.timestamp = index * 3_000;
      if (track.sendMessageBinary(annexB)) sent += payloads.length;
    },
    sentPackets: () => sent,
  };
}
