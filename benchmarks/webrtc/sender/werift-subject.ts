import {
  MediaStreamTrack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtpHeader,
  RtpPacket,
} from "werift";

// @boundaries-ignore a part that is not public is measured by itself
import {
  swapDtlsKeys,
  swapSrtpKeys,
} from "../../../packages/webrtc-streaming/src/srtp/key-swap.ts";
import type { Subject } from "./subjects.ts";
import type { ViewerLink } from "./viewer-link.ts";

/** werift as anyone uses it: `track.writeRtp`. With `swap`, its keys are made cheap first. */
export async function weriftSubject(
  link: ViewerLink,
  id: number,
  { swap }: { swap: boolean },
): Promise<Subject> {
  const connection = new RTCPeerConnection({
    bundlePolicy: "max-bundle",
    iceServers: [],
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ["127.0.0.1"],
    iceInterfaceAddresses: { udp4: "127.0.0.1" },
    codecs: {
      audio: [],
      video: [
        new RTCRtpCodecParameters({
          mimeType: "video/H264",
          clockRate: 90_000,
          rtcpFeedback: [{ type: "nack" }, { type: "nack", parameter: "pli" }],
          parameters: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        }),
      ],
    },
  });
  const track = new MediaStreamTrack({ kind: "video" });
  const transceiver = connection.addTransceiver(track, { direction: "sendonly" });
  await connection.setLocalDescription(await connection.createOffer());
  const { answer, connected } = await link.connect(id, connection.localDescription?.sdp ?? "");
  await connection.setRemoteDescription({ type: "answer", sdp: answer });
  await connected;
  const [transport] = connection.dtlsTransports;
  if (transport === undefined) throw new Error("werift made no transport.");
  const { srtp, srtcp, dtls } = transport;
  if (swap && !(swapSrtpKeys(srtp) && swapSrtpKeys(srtcp) && swapDtlsKeys(dtls))) {
    throw new Error("The keys could not be swapped.");
  }
  const [payloadType = 96] = transceiver.codecs.map((codec) => codec.payloadType);
  let sequenceNumber = 0;
  let sent = 0;
  return {
    sendFrame({ payloads }, index) {
      for (const [at, payload] of payloads.entries()) {
        const header = new RtpHeader({
          payloadType,
          sequenceNumber,
          timestamp: index * 3_000,
          marker: at === payloads.length - 1,
        });
        sequenceNumber = (sequenceNumber + 1) % 0x1_0000;
        sent += 1;
        track.writeRtp(new RtpPacket(header, payload));
      }
    },
    sentPackets: () => sent,
  };
}
