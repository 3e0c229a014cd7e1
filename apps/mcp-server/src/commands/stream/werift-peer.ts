import type { IceServer } from "@ipfs-kit/webrtc-streaming/client";
import {
  RTCPeerConnection,
  RTCRtpCodecParameters,
  useAV1,
  useH264,
  useOPUS,
  useVP8,
  useVP9,
} from "werift";

/** So that what was lost is sent again under a number of its own. */
const RETRANSMISSION = new RTCRtpCodecParameters({ mimeType: "video/rtx", clockRate: 90_000 });

/**
 * A peer connection of werift that takes whatever our server sends. It looks at packets and decodes
 * none, and contacts nobody but the far end.
 */
export class WeriftPeer extends RTCPeerConnection {
  readonly #iceServers: IceServer[];

  constructor({ iceServers }: { iceServers: IceServer[] }) {
    super({
      iceServers,
      bundlePolicy: "max-bundle",
      iceUseTcp: false,
      // A server on this machine may be reachable there only.
      iceAdditionalHostAddresses: ["127.0.0.1"],
      codecs: {
        video: [useVP8(), useVP9(), useH264(), useAV1(), RETRANSMISSION],
        audio: [useOPUS()],
      },
    });
    this.#iceServers = iceServers;
  }

  /** Where no servers are named, werift would ask a public STUN server as soon as it gathers. */
  override async setRemoteDescription(
    ...description: Parameters<RTCPeerConnection["setRemoteDescription"]>
  ): Promise<void> {
    await super.setRemoteDescription(...description);
    if (this.#iceServers.length > 0) return;
    for (const { connection } of this.iceTransports) delete connection.stunServer;
  }
}
