import type { Session } from "@ipfs-kit/webrtc-streaming";
import type { JSHandle, Page } from "playwright-core";

/** Answers the offer of a session in a page that knows nothing but WebRTC. Resolves when it is connected. */
export async function viewIn(page: Page, session: Session): Promise<JSHandle<RTCPeerConnection>> {
  const candidates: string[] = [];
  session.events.on("candidate", ({ candidate }) => candidates.push(candidate));
  const { promise: gathered, resolve } = Promise.withResolvers<void>();
  session.events.on("candidate", () => resolve());
  const connected = new Promise<void>((done) => session.events.on("connected", () => done()));
  const connection = await page.evaluateHandle(() => new RTCPeerConnection());
  const answer = await connection.evaluate(async (peer, sdp) => {
    await peer.setRemoteDescription({ type: "offer", sdp });
    await peer.setLocalDescription();
    return peer.localDescription?.sdp ?? "";
  }, session.offer);
  await session.answer(answer);
  await gathered;
  await connection.evaluate(async (peer, all) => {
    for (const candidate of all) await peer.addIceCandidate({ candidate, sdpMid: "0" });
  }, candidates);
  await connected;
  return connection;
}
