import { createSocket } from "node:dgram";

import { PeerConnection, RtcpReceivingSession, type Track } from "node-datachannel";

import type { ToSender, ToViewers } from "./viewer-link.ts";

/**
 * The far ends, in a process of their own: native, so that they take little of the machine. They
 * decrypt and count what arrives, and report as receivers do.
 */
const connections: PeerConnection[] = [];
const tracks: Track[] = [];
let packets = 0;

function tell(message: ToSender): void {
  if (process.connected) process.send?.(message);
}

function answer(id: number, sdp: string): void {
  const connection = new PeerConnection(`viewer ${id}`, {
    iceServers: [],
    bindAddress: "127.0.0.1",
  });
  connections.push(connection);
  connection.onTrack((track) => {
    track.setMediaHandler(new RtcpReceivingSession());
    track.onMessage((packet) => {
      if (!isRtcp(packet)) packets += 1;
    });
    tracks.push(track);
  });
  connection.onStateChange((state) => {
    if (state === "connected") tell({ type: "connected", id });
  });
  connection.onGatheringStateChange((state) => {
    const description = connection.localDescription();
    if (state === "complete" && description !== null) {
      tell({ type: "answer", id, sdp: description.sdp });
    }
  });
  connection.setRemoteDescription(sdp, "offer");
}

/** The second byte tells them apart (RFC 5761, 4). */
function isRtcp([, type = 0]: Buffer): boolean {
  return type >= 192 && type <= 223;
}

function openSink(): void {
  const socket = createSocket("udp4").on("message", () => (packets += 1));
  socket.bind(0, "127.0.0.1", () => tell({ type: "sink", port: socket.address().port }));
}

process.on("message", (message: ToViewers) => {
  if (message.type === "offer") answer(message.id, message.sdp);
  else if (message.type === "sink") openSink();
  else if (message.type === "count") tell({ type: "count", packets });
  else process.exit();
});
process.on("disconnect", () => process.exit());
