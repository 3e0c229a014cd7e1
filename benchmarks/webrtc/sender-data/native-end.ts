import { PeerConnection, type DataChannel } from "node-datachannel";

import type { End } from "./end.ts";

export function nativeEnd(): End {
  const connection = new PeerConnection("benchmark", {
    iceServers: [],
    bindAddress: "127.0.0.1",
    disableAutoNegotiation: true,
  });
  let channel: DataChannel | undefined;
  let received = 0;
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const { promise: gathered, resolve: complete } = Promise.withResolvers<void>();

  const use = (made: DataChannel) => {
    channel = made;
    made.onMessage((message) => {
      received += typeof message === "string" ? message.length : message.byteLength;
    });
    if (made.isOpen()) open();
    else made.onOpen(open);
  };
  connection.onDataChannel(use);
  connection.onGatheringStateChange((state) => {
    if (state === "complete") complete();
  });

  return {
    opened,
    async describe(offer) {
      if (offer === undefined) {
        use(connection.createDataChannel("benchmark"));
        connection.setLocalDescription("offer");
      } else {
        connection.setRemoteDescription(offer, "offer");
        connection.setLocalDescription("answer");
      }
      await gathered;
      return connection.localDescription()?.sdp ?? "";
    },
    accept: async (answer) => connection.setRemoteDescription(answer, "answer"),
    send: (message) => void channel?.sendMessageBinary(message),
    bufferedAmount: () => channel?.bufferedAmount() ?? 0,
    receivedBytes: () => received,
  };
}
