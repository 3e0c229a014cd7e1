import { RTCPeerConnection, type RTCDataChannel } from "werift";

// @boundaries-ignore a part that is not public is measured by itself
import { swapDtlsKeys } from "../../../packages/webrtc-streaming/src/srtp/key-swap.ts";
import type { End } from "./end.ts";

export function weriftEnd({ swap }: { swap: boolean }): End {
  const connection = new RTCPeerConnection({
    iceServers: [],
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ["127.0.0.1"],
    iceInterfaceAddresses: { udp4: "127.0.0.1" },
  });
  let channel: RTCDataChannel | undefined;
  let received = 0;
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();

  const use = (made: RTCDataChannel) => {
    channel = made;
    made.onMessage.subscribe((message) => (received += message.length));
    made.stateChanged.subscribe((state) => {
      if (state === "open") open();
    });
  };
  connection.connectionStateChange.subscribe((state) => {
    if (state !== "connected" || !swap) return;
    if (!swapDtlsKeys(connection.dtlsTransports[0]?.dtls)) {
      throw new Error("The keys could not be swapped.");
    }
  });
  connection.onDataChannel.subscribe(use);

  return {
    opened,
    async describe(offer) {
      if (offer === undefined) {
        use(connection.createDataChannel("benchmark"));
        await connection.setLocalDescription(await connection.createOffer());
      } else {
        await connection.setRemoteDescription({ type: "offer", sdp: offer });
        await connection.setLocalDescription(await connection.createAnswer());
      }
      return connection.localDescription?.sdp ?? "";
    },
    async accept(answer) {
      await connection.setRemoteDescription({ type: "answer", sdp: answer });
    },
    send: (message) => channel?.send(message),
    bufferedAmount: () => channel?.bufferedAmount ?? 0,
    receivedBytes: () => received,
  };
}
