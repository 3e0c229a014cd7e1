import { IpfsKitError } from "@ipfs-kit/core";
import type { ClientMessage } from "@ipfs-kit/core/wire";

import type {
  IceCandidateLike,
  IceServer,
  PeerConnectionConstructor,
  PeerConnectionLike,
  StatsReportLike,
} from "./platform.ts";

export interface PeerLinkInit<Track> {
  RTCPeerConnection: PeerConnectionConstructor<Track>;
  iceServers: IceServer[];
  pcId: string;
  /** Takes the answer and our candidates. */
  send: (message: ClientMessage) => void;
  onTrack: (track: Track) => void;
  /** ICE found a path. */
  onIce: () => void;
  /** The connection state as the platform names it. */
  onState: (state: string) => void;
  onFailed: (error: IpfsKitError) => void;
}

/**
 * One peer connection on the answering side. It keeps the order the two state machines need:
 * candidates from afar wait for the offer, ours wait until our answer has been sent.
 */
export class PeerLink<Track> {
  readonly #init: PeerLinkInit<Track>;
  readonly #peer: PeerConnectionLike<Track>;
  /** Descriptions and candidates are applied one after another, in the order they came. */
  #turn: Promise<void> = Promise.resolve();
  /** Ours, found before the answer was sent; undefined once it was. */
  #held: IceCandidateLike[] | undefined = [];
  #closed = false;

  constructor(init: PeerLinkInit<Track>) {
    this.#init = init;
    const peer = new init.RTCPeerConnection({ iceServers: init.iceServers });
    this.#peer = peer;
    peer.addEventListener(
      "icecandidate",
      ({ candidate }: { candidate?: IceCandidateLike | null | undefined }) => {
        if (!this.#closed && candidate?.candidate) this.#offerCandidate(candidate);
      },
    );
    peer.addEventListener("track", ({ track }: { track: Track }) => {
      if (!this.#closed) init.onTrack(track);
    });
    peer.addEventListener("iceconnectionstatechange", () => {
      const found = ["connected", "completed"].includes(peer.iceConnectionState);
      if (!this.#closed && found) init.onIce();
    });
    peer.addEventListener("connectionstatechange", () => {
      if (!this.#closed) init.onState(peer.connectionState);
    });
  }

  /** Takes an offer, the first one or a later one, and answers it. */
  takeOffer(sdp: string): void {
    this.#inTurn(async () => {
      try {
        this.#held ??= [];
        await this.#peer.setRemoteDescription({ type: "offer", sdp });
        await this.#peer.setLocalDescription();
        const answer = this.#peer.localDescription;
        if (answer === null) throw new Error("There is no local description after answering.");
        if (this.#closed) return;
        const { pcId, send } = this.#init;
        send({ type: "answer", pc_id: pcId, sdp: answer.sdp, sdpType: "answer" });
        for (const candidate of this.#held) this.#sendCandidate(candidate);
        this.#held = undefined;
      } catch (cause) {
        if (this.#closed) return;
        this.#init.onFailed(
          new IpfsKitError("negotiation_failed", "The server's offer could not be answered.", {
            cause,
          }),
        );
      }
    });
  }

  takeCandidate({ candidate, sdpMid, sdpMLineIndex }: IceCandidateLike): void {
    // An empty line ends the candidates; nothing has to be done about it.
    if (candidate === "") return;
    this.#inTurn(async () => {
      try {
        await this.#peer.addIceCandidate({
          candidate,
          sdpMid: sdpMid ?? null,
          sdpMLineIndex: sdpMLineIndex ?? null,
        });
      } catch {
        // One unusable candidate is no reason to give up: another may work, or the deadline decides.
      }
    });
  }

  async stats(): Promise<StatsReportLike> {
    return this.#peer.getStats();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Some implementations close asynchronously; how that ends is of no interest any more.
    void (async () => this.#peer.close())().catch(() => {});
  }

  #offerCandidate(candidate: IceCandidateLike): void {
    if (this.#held === undefined) this.#sendCandidate(candidate);
    else this.#held.push(candidate);
  }

  #sendCandidate({ candidate, sdpMid, sdpMLineIndex }: IceCandidateLike): void {
    this.#init.send({
      type: "candidate",
      pc_id: this.#init.pcId,
      candidate,
      sdpMid: sdpMid ?? null,
      sdpMLineIndex: sdpMLineIndex ?? null,
    });
  }

  #inTurn(work: () => Promise<void>): void {
    const previous = this.#turn;
    this.#turn = (async () => {
      await previous;
      if (!this.#closed) await work();
    })();
  }
}
