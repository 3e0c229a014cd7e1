import {
  AbortedError,
  type AbortOptions,
  abortable,
  abortReason,
  Emitter,
  InvalidStateError,
  IpfsKitError,
  type ListenOptions,
  TimeoutError,
} from "@ipfs-kit/core";
import {
  type ClientMessage,
  type ConnectionStats,
  connectionStatsSchema,
  type OfferedTrack,
  type Preparing,
  type ServerMessage,
} from "@ipfs-kit/core/wire";

import { Deadline } from "./deadline.ts";
import {
  CONNECT_TIMEOUT_MS,
  POSITION_POLL_MS,
  PREPARING_SILENCE_MS,
  STREAM_ENDED,
} from "./defaults.ts";
import { endsPlayback } from "./ends-playback.ts";
import { FirstFrameWatch } from "./first-frame.ts";
import { PeerLink } from "./peer-link.ts";
import type { IceServer, PeerConnectionConstructor, StreamConstructor } from "./platform.ts";
import type { Playback, PlaybackEvents, PlaybackState, PlayOptions } from "./playback.ts";
import { PositionClock } from "./position-clock.ts";
import { RateMeter } from "./rate-meter.ts";
import { type ReceiveStats, summarizeStats } from "./receive-stats.ts";
import { Requests } from "./requests.ts";
import { type CompletedStep, StepClock, type StepName } from "./step-clock.ts";

type Offer = Extract<ServerMessage, { type: "offer" }>;
type Control = Extract<ClientMessage, { type: "control" }>;

export interface ActivePlaybackInit<Track, Stream> {
  cid: string;
  options: PlayOptions;
  RTCPeerConnection: PeerConnectionConstructor<Track>;
  MediaStream: StreamConstructor<Track, Stream> | undefined;
  send: (message: ClientMessage) => void;
  /** Once, when this playback needs the socket no more. */
  onOver: () => void;
  /** Milliseconds that never go backwards. */
  now: () => number;
}

/** A {@link Playback} at work: the messages of one connection in, media and events out. */
export class ActivePlayback<Track, Stream> implements Playback<Track, Stream> {
  readonly cid: string;
  readonly tracks: Track[] = [];
  readonly #init: ActivePlaybackInit<Track, Stream>;
  readonly #events = new Emitter<PlaybackEvents<Track>>();
  readonly #connected = Promise.withResolvers<void>();
  readonly #requests = new Requests();
  readonly #steps: StepClock;
  readonly #clock: PositionClock;
  readonly #deadline = new Deadline();
  readonly #firstFrame = new FirstFrameWatch();
  readonly #rate = new RateMeter();
  readonly #positionPoll = new Deadline();
  #state: PlaybackState = "requesting";
  #resumeState: "playing" | "paused" = "playing";
  #connectionId: string | undefined;
  #offered: readonly OfferedTrack[] = [];
  #link: PeerLink<Track> | undefined;
  #stream: Stream | undefined;
  readonly #onAbort = () => {
    const { signal } = this.#init.options;
    if (signal !== undefined) this.#end("closed", abortReason(signal));
  };

  constructor(init: ActivePlaybackInit<Track, Stream>) {
    const { cid, options, now } = init;
    this.cid = cid;
    this.#init = init;
    this.#steps = new StepClock(now);
    this.#clock = new PositionClock(now, options.startAtSeconds ?? 0);
    this.#connected.promise.catch(() => {
      // Told to those who wait, and by the `error` event; nobody has to wait.
    });
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal?.aborted) queueMicrotask(this.#onAbort);
  }

  get connectionId(): string | undefined {
    return this.#connectionId;
  }

  get state(): PlaybackState {
    return this.#state;
  }

  get offered(): readonly OfferedTrack[] {
    return this.#offered;
  }

  get stream(): Stream | undefined {
    return this.#stream;
  }

  get steps(): readonly CompletedStep[] {
    return this.#steps.completed;
  }

  get position(): number {
    return this.#clock.position;
  }

  get duration(): number | undefined {
    return this.#clock.duration;
  }

  on<Name extends keyof PlaybackEvents<Track>>(
    name: Name,
    listener: (detail: PlaybackEvents<Track>[Name]) => void,
    options?: ListenOptions,
  ): () => void {
    return this.#events.on(name, listener, options);
  }

  async whenConnected({ signal }: AbortOptions = {}): Promise<void> {
    return abortable(this.#connected.promise, signal);
  }

  /** Asks the server for an offer. */
  request(): void {
    const { kind = "av", quality, startAtSeconds } = this.#init.options;
    this.#init.send({
      type: "offer_request",
      cid: this.cid,
      kind,
      ...(quality === undefined ? {} : { quality }),
      ...(startAtSeconds === undefined ? {} : { start_at_seconds: startAtSeconds }),
    });
    this.#expectProgress();
  }

  takePreparing(preparing: Preparing): void {
    if (this.#state !== "requesting" && this.#state !== "preparing") return;
    this.#expectProgress();
    this.#enter("preparing");
    this.#events.emit("preparing", preparing);
  }

  /** The first offer makes the connection; one that comes later changes it. */
  takeOffer(offer: Offer, iceServers: IceServer[]): void {
    if (this.#isOver()) return;
    this.#offered = offer.tracks;
    if (this.#link === undefined) {
      this.#connectionId = offer.pc_id;
      this.#link = this.#makeLink(offer.pc_id, iceServers);
      if (this.#link === undefined) return;
      this.#complete("offer");
      this.#enter("connecting");
      this.#deadline.set(CONNECT_TIMEOUT_MS, () => {
        this.fail(
          new TimeoutError(
            `No connection within ${CONNECT_TIMEOUT_MS / 1000} s of the offer. A firewall may block UDP between this browser and the server.`,
          ),
        );
      });
    }
    this.#link.takeOffer(offer.sdp);
  }

  /** A message the server sent about this connection. */
  take(message: ServerMessage): void {
    switch (message.type) {
      case "candidate":
        this.#link?.takeCandidate(message);
        return;
      case "control_result":
        this.#clock.anchor({
          position: message.position_seconds,
          duration: message.duration_seconds,
        });
        this.#requests.answer(message);
        return;
      case "stats":
        this.#requests.answer(message);
        return;
      case "notification":
        if (message.notification_type === STREAM_ENDED) this.#finish();
        return;
      case "closed":
      case "closed_all":
        this.#closedByServer();
        return;
      case "error": {
        const error = new IpfsKitError(message.code, message.message);
        if (endsPlayback(error.code)) this.fail(error);
        else this.#requests.refuse(error);
        return;
      }
      case "welcome":
      case "offer":
      case "connected":
      case "pong":
    }
  }

  async seek(seconds: number, options: AbortOptions = {}): Promise<void> {
    await this.#control({ action: "seek", position_seconds: seconds }, options);
    if (this.#state === "ended") this.#enter(this.#resumeState);
    this.#clock.run(this.#state === "playing");
  }

  async pause(options: AbortOptions = {}): Promise<void> {
    if (this.#state === "ended") return;
    await this.#control({ action: "pause" }, options);
    this.#resumeState = "paused";
    if (this.#state === "playing") this.#enter("paused");
    this.#clock.run(false);
  }

  async resume(options: AbortOptions = {}): Promise<void> {
    await this.#control({ action: "play" }, options);
    this.#resumeState = "playing";
    if (this.#state === "paused" || this.#state === "ended") this.#enter("playing");
    this.#clock.run(this.#state === "playing");
  }

  async stats(): Promise<ReceiveStats> {
    if (this.#link === undefined || this.#isOver()) {
      throw new InvalidStateError("There is no connection to measure.");
    }
    const summary = summarizeStats(await this.#link.stats());
    const bitsPerSecond = this.#rate.measure(summary.bytesReceived, this.#init.now());
    return bitsPerSecond === undefined ? summary : { ...summary, bitsPerSecond };
  }

  async serverStats(options: AbortOptions = {}): Promise<ConnectionStats> {
    const pcId = this.#requireConnection();
    const { connection_stats: stats } = await this.#requests.ask(
      "stats",
      () => this.#init.send({ type: "get_stats", pc_id: pcId }),
      options,
    );
    const parsed = connectionStatsSchema.parse(stats);
    this.#clock.anchor({ position: parsed.position_seconds, duration: parsed.duration_seconds });
    return parsed;
  }

  close(): void {
    this.#end("closed", new AbortedError("The playback was closed."));
  }

  /** Ends the playback with an error. */
  fail(error: IpfsKitError): void {
    this.#end("failed", error);
  }

  #makeLink(pcId: string, iceServers: IceServer[]): PeerLink<Track> | undefined {
    try {
      const link: PeerLink<Track> = new PeerLink({
        RTCPeerConnection: this.#init.RTCPeerConnection,
        iceServers,
        pcId,
        send: this.#init.send,
        onTrack: (track) => this.#addTrack(track),
        onIce: () => this.#complete("ice"),
        onState: (state) => this.#onConnectionState(link, state),
        onFailed: (error) => this.fail(error),
      });
      return link;
    } catch (cause) {
      this.fail(
        new IpfsKitError("negotiation_failed", "A peer connection could not be made here.", {
          cause,
        }),
      );
      return undefined;
    }
  }

  #addTrack(track: Track): void {
    if (this.tracks.includes(track)) return;
    this.tracks.push(track);
    const { MediaStream } = this.#init;
    if (MediaStream !== undefined) this.#stream = new MediaStream(this.tracks);
    this.#events.emit("track", track);
  }

  #onConnectionState(link: PeerLink<Track>, state: string): void {
    if (state === "connected") {
      this.#complete("dtls");
      this.#deadline.clear();
      const first = this.#state === "connecting";
      if (first || this.#state === "interrupted") this.#enter(this.#resumeState);
      this.#clock.run(this.#state === "playing");
      if (!first) return;
      this.#firstFrame.start(
        async () => link.stats(),
        this.#offered.some(({ kind }) => kind === "video"),
        () => this.#complete("first-frame"),
      );
      this.#correctPosition();
      this.#connected.resolve();
    } else if (state === "disconnected" && ["playing", "paused"].includes(this.#state)) {
      this.#enter("interrupted");
      this.#clock.run(false);
    } else if (state === "failed") {
      this.fail(
        new IpfsKitError(
          "connection_failed",
          "The connection to the server could not be made, or was lost.",
        ),
      );
    }
  }

  /** Asks now and then where the server is: the local clock does not know of its stalls. */
  #correctPosition(): void {
    const again = () => {
      if (!this.#isOver()) this.#positionPoll.set(POSITION_POLL_MS, () => this.#correctPosition());
    };
    // A server without statistics is no reason to stop playing.
    void this.serverStats().then(again, again);
  }

  async #control(control: Omit<Control, "type" | "pc_id">, options: AbortOptions): Promise<void> {
    const pcId = this.#requireConnection();
    const result = await this.#requests.ask(
      "control_result",
      () => this.#init.send({ type: "control", pc_id: pcId, ...control }),
      options,
    );
    if (!result.success) {
      throw new InvalidStateError(`The server could not ${control.action} now.`);
    }
  }

  #requireConnection(): string {
    if (this.#connectionId === undefined || this.#isOver()) {
      throw new InvalidStateError(`There is no connection; the playback is ${this.#state}.`);
    }
    return this.#connectionId;
  }

  #expectProgress(): void {
    this.#deadline.set(PREPARING_SILENCE_MS, () => {
      this.fail(
        new TimeoutError(`Nothing was heard of ${this.cid} for ${PREPARING_SILENCE_MS / 1000} s.`),
      );
    });
  }

  #complete(name: StepName): void {
    for (const step of this.#steps.complete(name)) this.#events.emit("step", step);
  }

  #finish(): void {
    if (this.#state === "ended" || this.#isOver()) return;
    this.#clock.run(false);
    if (this.#clock.duration !== undefined) this.#clock.anchor({ position: this.#clock.duration });
    this.#enter("ended");
    this.#events.emit("ended", { position: this.position });
  }

  #closedByServer(): void {
    this.#connectionId = undefined;
    if (this.#state === "ended") this.close();
    else this.fail(new IpfsKitError("connection_failed", "The server closed the connection."));
  }

  #enter(state: PlaybackState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#events.emit("state", state);
  }

  #isOver(): boolean {
    return this.#state === "failed" || this.#state === "closed";
  }

  #end(state: "failed" | "closed", error: IpfsKitError): void {
    if (this.#isOver()) return;
    this.#init.options.signal?.removeEventListener("abort", this.#onAbort);
    this.#deadline.clear();
    this.#positionPoll.clear();
    this.#firstFrame.stop();
    this.#clock.run(false);
    if (this.#connectionId !== undefined) {
      this.#init.send({ type: "close", pc_id: this.#connectionId });
    }
    this.#link?.close();
    this.#enter(state);
    this.#requests.refuseAll(error);
    this.#connected.reject(error);
    if (state === "failed") this.#events.emit("error", error);
    this.#init.onOver();
  }
}
