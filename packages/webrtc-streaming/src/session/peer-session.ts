import { randomUUID } from "node:crypto";

import {
  Emitter,
  errorCodeOf,
  InvalidStateError,
  IpfsKitError,
  TaskScope,
  delay,
  type ErrorCode,
  type Logger,
  type Observer,
} from "@ipfs-kit/core";
import type { ConnectionStats, OfferedTrack } from "@ipfs-kit/core/wire";

import { CLOSE_GRACE_MS, CONNECT_TIMEOUT_MS, SENDER_REPORT_INTERVAL_MS } from "../defaults.ts";
import { Player } from "../playback/player.ts";
import { connectionStats } from "../sender/connection-stats.ts";
import { MediaSender } from "../sender/media-sender.ts";
import { Pacer } from "../sender/pacer.ts";
import { PacketSender } from "../sender/packet-sender.ts";
import { SessionClock } from "../sender/session-clock.ts";
import type { MediaFile } from "../source/media-file.ts";
import { extractCandidates, mayProbe } from "./candidate-policy.ts";
import { PeerTransport, type OfferedFormat } from "./peer-transport.ts";
import { dispatchRtcp } from "./rtcp-dispatch.ts";
import type {
  Candidate,
  PlaybackPosition,
  Session,
  SessionEvents,
  SessionState,
} from "./session.ts";

export interface PeerSessionInit {
  /** What the viewer asked for; the file may be a playable form of it. */
  cid: string;
  file: MediaFile;
  formats: readonly OfferedFormat[];
  startAtSeconds: number;
  /** Ends the reads of the content; called first when the session ends. */
  releaseContent: () => void;
  logger: Logger;
  observer: Observer;
  /** Which local addresses to offer; all interfaces when absent. */
  hostAddresses?: readonly string[] | undefined;
}

/** A session over one werift connection: max-bundle, early offer, trickle both ways. */
export class PeerSession implements Session {
  readonly id = randomUUID();
  readonly createdAt = new Date();
  readonly events: Emitter<SessionEvents>;
  readonly #init: PeerSessionInit;
  readonly #logger: Logger;
  readonly #scope: TaskScope;
  readonly #transport: PeerTransport;
  readonly #clock = new SessionClock();
  readonly #pacer = new Pacer();
  readonly #packets: PacketSender;
  /** The viewer's candidates wait here until its answer is in place; after that, absent. */
  #pendingCandidates: Candidate[] | undefined = [];
  #state: SessionState = "connecting";
  #answered = false;
  #senders: MediaSender[] = [];
  #player: Player | undefined;
  #closing: Promise<void> | undefined;
  #firstFrameSentMs: number | undefined;

  private constructor(init: PeerSessionInit, transport: PeerTransport) {
    this.#init = init;
    this.#logger = init.logger.child({ connection_id: this.id, cid: this.cid });
    this.events = new Emitter((error, event) =>
      this.#logger.error("A session listener failed.", { event, error }),
    );
    this.#scope = new TaskScope({
      name: `session ${this.id}`,
      onFailure: "isolate",
      observer: init.observer,
    });
    this.#transport = transport;
    this.#packets = new PacketSender(transport, this.#clock);
  }

  /** Makes the connection and its offer. */
  static async create(init: PeerSessionInit): Promise<PeerSession> {
    const transport = await PeerTransport.create(init.formats, init.hostAddresses, init.logger);
    const session = new PeerSession(init, transport);
    session.#begin();
    return session;
  }

  get cid(): string {
    return this.#init.cid;
  }

  get state(): SessionState {
    return this.#state;
  }

  get offer(): string {
    return this.#transport.offer;
  }

  get tracks(): readonly OfferedTrack[] {
    return this.#transport.tracks.map(({ mid, format }) => ({
      mid,
      kind: format.kind,
      codec: format.name,
      cid: this.cid,
    }));
  }

  #begin(): void {
    const { observer } = this.#init;
    observer.connectionOpened({ id: this.id, cid: this.cid });
    this.#transport.onConnected = () => this.#connected();
    this.#transport.onDead = (code, message) => this.#end("failed", { code, message });
    this.#transport.onLeft = () => this.#end("closed", {});
    this.#transport.onRtcp = (compound) =>
      dispatchRtcp(compound, this.#senders, {
        onKeyFrameRequest: () => this.#player?.refreshVideo(),
        onFeedback: () => {},
      });
    this.#spawn("gather candidates", async () =>
      this.#transport.gather((candidate) => this.events.emit("candidate", candidate)),
    );
    this.#spawn("connect deadline", async (signal) => {
      await delay(CONNECT_TIMEOUT_MS, { signal });
      if (this.#state !== "connecting") return;
      this.#end("failed", {
        code: "connection_failed",
        message: `No connection within ${CONNECT_TIMEOUT_MS / 1_000} s.`,
      });
    });
  }

  async answer(sdp: string): Promise<void> {
    if (this.#answered || this.#state !== "connecting") {
      throw new InvalidStateError("This connection already has its answer.");
    }
    this.#answered = true;
    const extracted = extractCandidates(sdp);
    try {
      await this.#transport.acceptAnswer(extracted.sdp);
    } catch (error) {
      this.#end("failed", { code: errorCodeOf(error), message: messageOf(error) });
      throw error;
    }
    const pending = this.#pendingCandidates ?? [];
    this.#pendingCandidates = undefined;
    for (const candidate of extracted.candidates) this.addCandidate({ candidate });
    for (const candidate of pending) this.addCandidate(candidate);
  }

  addCandidate(candidate: Candidate): void {
    if (this.#pendingCandidates !== undefined) {
      if (this.#pendingCandidates.length < MAX_PENDING_CANDIDATES) {
        this.#pendingCandidates.push(candidate);
      }
      return;
    }
    if (mayProbe(candidate.candidate)) this.#transport.addCandidate(candidate);
  }

  #connected(): void {
    if (this.#state !== "connecting") return;
    this.#state = "active";
    const connectionTimeMs = this.#clock.now();
    this.#init.observer.connectionChanged(this.id, { state: "active", dtlsState: "connected" });
    this.#senders = this.#transport.acceptedTracks().map(
      (track) =>
        new MediaSender({
          ...track,
          cname: this.id,
          clock: this.#clock,
          pacer: this.#pacer,
          packets: this.#packets,
        }),
    );
    this.#player = new Player(
      {
        file: this.#init.file,
        senders: this.#senders,
        clock: this.#clock,
        pacer: this.#pacer,
        scope: this.#scope,
        onFirstFrame: () => (this.#firstFrameSentMs ??= this.#clock.now()),
        onEnded: () => this.events.emit("ended", undefined),
        onError: (error) => this.#playbackFailed(error),
      },
      this.#init.startAtSeconds,
    );
    this.events.emit("connected", { connectionTimeMs });
    this.#player.play();
    this.#spawn("sender reports", async (signal) => {
      for (;;) {
        for (const sender of this.#senders) sender.sendReport();
        await delay(SENDER_REPORT_INTERVAL_MS, { signal });
      }
    });
  }

  #playbackFailed(error: unknown): void {
    const code = errorCodeOf(error);
    this.#logger.warn("Playback stopped.", { code, error });
    this.#init.observer.connectionChanged(this.id, { error });
    this.events.emit("playbackFailed", { code, message: messageOf(error) });
  }

  play(): PlaybackPosition {
    return this.#control((player) => player.play());
  }

  pause(): PlaybackPosition {
    return this.#control((player) => player.pause());
  }

  seek(seconds: number): PlaybackPosition {
    if (!Number.isFinite(seconds)) {
      throw new IpfsKitError("invalid_request", "A position is a number of seconds.");
    }
    return this.#control((player) => player.seek(seconds));
  }

  #control(act: (player: Player) => void): PlaybackPosition {
    if (this.#player === undefined || this.#state !== "active") {
      throw new InvalidStateError("The connection is not up.");
    }
    act(this.#player);
    return {
      positionSeconds: this.#player.positionSeconds,
      durationSeconds: this.#init.file.durationSeconds,
    };
  }

  stats(): ConnectionStats {
    return connectionStats({
      senders: this.#senders,
      packets: this.#packets,
      pacer: this.#pacer,
      transport: this.#transport,
      video: this.#init.file.video,
      firstFrameSentMs: this.#firstFrameSentMs,
      positionSeconds: this.#player?.positionSeconds,
      durationSeconds: this.#init.file.durationSeconds,
    });
  }

  async close(): Promise<void> {
    this.#end("closed", {});
    return this.#closing;
  }

  #end(state: "closed" | "failed", reason: { code?: ErrorCode; message?: string }): void {
    if (this.#closing !== undefined) return;
    this.#state = state;
    this.#closing = this.#finish(state, reason);
  }

  async #finish(
    state: "closed" | "failed",
    reason: { code?: ErrorCode; message?: string },
  ): Promise<void> {
    await this.#release(state === "closed");
    this.#init.observer.connectionChanged(this.id, { state });
    this.#init.observer.connectionClosed(this.id);
    this.events.emit("closed", reason);
    this.events.clear();
  }

  async #release(tellFarEnd: boolean): Promise<void> {
    this.#init.releaseContent();
    this.#player?.stop();
    this.#pacer.close();
    this.#pendingCandidates = undefined;
    try {
      if (tellFarEnd && (await this.#transport.sayGoodbye())) {
        // The alert must be on the wire before the socket goes.
        await delay(CLOSE_GRACE_MS);
      }
      await this.#transport.close();
      await this.#scope.stop();
    } catch (error) {
      this.#logger.warn("A session did not close cleanly.", { error });
    } finally {
      this.#init.file[Symbol.dispose]();
    }
  }

  #spawn(name: string, work: (signal: AbortSignal) => Promise<void>): void {
    this.#scope.spawn(name, work).catch((error: unknown) => {
      if (!this.#scope.signal.aborted) this.#logger.warn(`"${name}" failed.`, { error });
    });
  }
}

/** A browser has a handful of candidates; the rest of what is sent before the answer is dropped. */
const MAX_PENDING_CANDIDATES = 64;

function messageOf(error: unknown): string {
  return error instanceof IpfsKitError ? error.message : "Something went wrong.";
}
