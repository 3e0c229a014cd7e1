import { PeerConnection, type Track } from "node-datachannel";

/** What the process of a viewer is told, and what it says. */
export type ToViewer =
  | { type: "offer"; sdp: string }
  | { type: "candidate"; candidate: string; mid: string };
export type FromViewer =
  | { type: "answer"; sdp: string }
  | { type: "candidate"; candidate: string; mid: string }
  | { type: "packets"; count: number };

/** A viewer made of libdatachannel, in a process that can be killed. */
const connection = new PeerConnection("viewer", { iceServers: [] });
const tracks: Track[] = [];
let count = 0;

function tell(message: FromViewer): void {
  process.send?.(message);
}

connection.onTrack((track) => {
  tracks.push(track);
  track.onMessage(() => (count += 1));
});
connection.onLocalDescription((sdp) => tell({ type: "answer", sdp }));
connection.onLocalCandidate((candidate, mid) => tell({ type: "candidate", candidate, mid }));
setInterval(() => tell({ type: "packets", count }), 100);

process.on("message", (message: ToViewer) => {
  if (message.type === "offer") connection.setRemoteDescription(message.sdp, "offer");
  else connection.addRemoteCandidate(message.candidate, message.mid);
});
process.on("disconnect", () => process.exit());
