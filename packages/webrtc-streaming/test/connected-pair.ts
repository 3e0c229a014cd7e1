import { noopLogger, type Logger } from "@ipfs-kit/core";
import { RTCPeerConnection, RTCRtpCodecParameters, useSdesMid, useTransportWideCC } from "werift";
import { expect } from "vitest";

import { PeerTransport } from "../src/session/peer-transport.ts";
import { rtpFormatOf } from "../src/source/rtp-format.ts";

export const VP8 = rtpFormatOf({
  kind: "video",
  codec: "vp8",
  width: 640,
  height: 360,
  rotation: 0,
  description: undefined,
  codecString: "vp8",
});

/** A sender and a viewer made of plain werift, connected over this machine's own network. */
export async function connectPair(logger: Logger = noopLogger) {
  const transport = await PeerTransport.create([VP8], undefined, logger);
  const viewer = new RTCPeerConnection({
    iceServers: [],
    iceAdditionalHostAddresses: ["127.0.0.1"],
    codecs: {
      video: [
        new RTCRtpCodecParameters({
          mimeType: "video/VP8",
          clockRate: 90_000,
          rtcpFeedback: [{ type: "nack" }, { type: "transport-cc" }],
        }),
        new RTCRtpCodecParameters({ mimeType: "video/rtx", clockRate: 90_000 }),
      ],
    },
    // In another order than the sender's: the ids are those of the offer all the same.
    headerExtensions: { video: [useSdesMid(), useTransportWideCC()] },
  });
  const connected = new Promise<void>((resolve) => (transport.onConnected = resolve));
  const local: string[] = [];
  await transport.gather(({ candidate }) => void local.push(candidate));
  await viewer.setRemoteDescription({ type: "offer", sdp: transport.offer });
  await viewer.setLocalDescription(await viewer.createAnswer());
  // The answer holds the viewer's candidates.
  await transport.acceptAnswer(viewer.localDescription?.sdp ?? "");
  for (const candidate of local) await viewer.addIceCandidate({ candidate, sdpMLineIndex: 0 });
  await connected;
  await expect.poll(() => viewer.dtlsTransports[0]?.state).toBe("connected");
  const close = async () => {
    await Promise.all([transport.close(), viewer.close()]);
  };
  return { transport, viewer, close };
}
