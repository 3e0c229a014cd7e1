import { delay, TimeoutError } from "@ipfs-kit/core";
import type { MediaKind, Preparing } from "@ipfs-kit/core/wire";
import { createViewer, type Playback } from "@ipfs-kit/webrtc-streaming/client";
import type { MediaStreamTrack } from "werift";

import type { RpcClient } from "../rpc-client.ts";
import { ReceivedTrack, type TrackCount } from "./received-track.ts";
import { signalingOf } from "./signaling.ts";
import { WeriftPeer } from "./werift-peer.ts";

/** What is on its way when the server says that all is sent. */
const LAST_PACKETS_MS = 250;
const SECOND_MS = 1_000;

export interface ReceiveInit {
  server: RpcClient;
  cid: string;
  /** @default "av" */
  kind?: MediaKind | undefined;
  /** Where to begin. @default 0 */
  startAtSeconds?: number | undefined;
  /** Ends after so long. @default at the end of the content */
  seconds?: number | undefined;
  /** How long nothing may arrive. */
  idleMs: number;
  signal: AbortSignal;
  /** How far a conversion is. */
  onPreparing?: (preparing: Preparing) => void;
  /** Every second, and once at the end. */
  onReport: (report: ReceiveReport) => Promise<void>;
}

export interface ReceiveReport {
  /** Since the connection stood. */
  seconds: number;
  /** From the request until the connection stood. */
  connectMs: number;
  tracks: readonly (TrackCount & { codec: string | undefined; bitsPerSecond: number })[];
  positionSeconds: number;
  durationSeconds: number | undefined;
}

export type ReceiveEnd = "content" | "seconds";

/**
 * Plays content from a server into this process, over WebRTC as a browser would.
 *
 * @returns why it ended
 * @throws IpfsKitError with the server's code; TimeoutError when nothing arrives any more
 */
export async function receiveContent(init: ReceiveInit): Promise<ReceiveEnd> {
  const { server, cid, kind, startAtSeconds, signal } = init;
  const signaling = await signalingOf(server, signal);
  const viewer = createViewer({
    url: signaling.url,
    WebSocket: signaling.WebSocket,
    RTCPeerConnection: WeriftPeer,
    signal,
  });
  try {
    const playback = viewer.open(cid, {
      ...(kind !== undefined && { kind }),
      ...(startAtSeconds !== undefined && { startAtSeconds }),
    });
    return await new Receiver(playback, init).run();
  } catch (error) {
    throw signal.aborted ? error : (signaling.refusal() ?? error);
  } finally {
    viewer.close();
  }
}

class Receiver {
  readonly #playback: Playback<MediaStreamTrack, undefined>;
  readonly #init: ReceiveInit;
  readonly #tracks: ReceivedTrack[] = [];
  readonly #over = Promise.withResolvers<void>();
  readonly #openedAt = performance.now();
  #connectedAt = 0;
  /** Bytes of each track at the report before. */
  #bytesBefore: number[] = [];
  #reportedAt = 0;

  constructor(playback: Playback<MediaStreamTrack, undefined>, init: ReceiveInit) {
    this.#playback = playback;
    this.#init = init;
    playback.on("track", (track) => this.#tracks.push(new ReceivedTrack(track)));
    playback.on("ended", () => this.#over.resolve());
    playback.on("error", (error) => this.#over.reject(error));
    if (init.onPreparing !== undefined) playback.on("preparing", init.onPreparing);
    // Looked at once the connection stands; until then whenConnected() tells of the same.
    this.#over.promise.catch(() => {});
  }

  async run(): Promise<ReceiveEnd> {
    const { signal, seconds = Infinity, onReport } = this.#init;
    await this.#playback.whenConnected({ signal });
    this.#connectedAt = performance.now();
    this.#reportedAt = this.#connectedAt;
    for (;;) {
      const left = seconds * SECOND_MS - (performance.now() - this.#connectedAt);
      const isOver = await this.#overWithin(Math.min(SECOND_MS, Math.max(0, left)));
      if (isOver) await delay(LAST_PACKETS_MS, { signal });
      this.#checkSilence();
      await onReport(this.#report());
      if (isOver) return "content";
      if (left <= SECOND_MS) return "seconds";
    }
  }

  /** Whether the content came to its end in that time. @throws what ended the playback otherwise */
  async #overWithin(ms: number): Promise<boolean> {
    const wait = new AbortController();
    const signal = AbortSignal.any([wait.signal, this.#init.signal]);
    const pause = delay(ms, { signal }).then(() => false);
    // Given up below when the other one is first.
    pause.catch(() => {});
    try {
      return await Promise.race([this.#over.promise.then(() => true), pause]);
    } finally {
      wait.abort();
    }
  }

  #checkSilence(): void {
    const { idleMs } = this.#init;
    const newest = Math.max(this.#connectedAt, ...this.#tracks.map(({ heardAt }) => heardAt));
    if (performance.now() - newest < idleMs) return;
    throw new TimeoutError(`No media arrived for ${idleMs / SECOND_MS} s.`);
  }

  #report(): ReceiveReport {
    const { position, duration, offered } = this.#playback;
    const now = performance.now();
    const elapsed = Math.max(1, now - this.#reportedAt);
    const tracks = this.#tracks.map(({ count }, index) => ({
      ...count,
      codec: offered.find(({ kind }) => kind === count.kind)?.codec,
      bitsPerSecond: Math.round(
        ((count.bytes - (this.#bytesBefore[index] ?? 0)) * 8 * SECOND_MS) / elapsed,
      ),
    }));
    this.#bytesBefore = tracks.map(({ bytes }) => bytes);
    this.#reportedAt = now;
    return {
      seconds: (now - this.#connectedAt) / SECOND_MS,
      connectMs: this.#connectedAt - this.#openedAt,
      tracks,
      positionSeconds: position,
      durationSeconds: duration,
    };
  }
}
