import { InvalidStateError, IpfsKitError, throwIfAborted } from "@ipfs-kit/core";
import {
  type CandidateMessage,
  type ClientMessage,
  PREPARING,
  preparingSchema,
  type ServerMessage,
} from "@ipfs-kit/core/wire";

import { ActivePlayback } from "./active-playback.ts";
import { PendingOffers } from "./pending-offers.ts";
import type {
  IceServer,
  PeerConnectionConstructor,
  StreamConstructor,
  WebSocketConstructor,
} from "./platform.ts";
import type { Playback, PlayOptions } from "./playback.ts";
import { SignalingSocket, type Welcome } from "./signaling-socket.ts";

/** Candidates kept for connections whose offer has not come yet. */
const MAX_EARLY_CANDIDATES = 64;

export interface ViewerInit<Track, Stream> {
  /** The signaling address: `ws://host/ws/webrtc`, or `wss:`. */
  url: string | URL;
  RTCPeerConnection: PeerConnectionConstructor<Track>;
  /** @default the platform's, which browsers and Node 22 have */
  WebSocket?: WebSocketConstructor;
  /** Makes {@link Playback.stream}. @default none: use {@link Playback.tracks} */
  MediaStream?: StreamConstructor<Track, Stream>;
  /** Closes the viewer and all it plays. */
  signal?: AbortSignal;
  /** Milliseconds that never go backwards. @default performance.now */
  now?: () => number;
}

export interface Viewer<Track, Stream> {
  /** Starts to play; progress is heard from the events. @throws InvalidStateError once closed */
  open(cid: string, options?: PlayOptions): Playback<Track, Stream>;
  /**
   * Plays, and resolves once media flows.
   *
   * @throws IpfsKitError with the server's code; `timeout`, `aborted`, `unavailable`
   */
  play(cid: string, options?: PlayOptions): Promise<Playback<Track, Stream>>;
  /** Closes every playback and the socket. May be called again. */
  close(): void;
}

/**
 * A viewer of one server. It opens its socket with the first playback, shares it among all of them
 * and closes it after the last one.
 */
export function createViewer<Track, Stream = undefined>(
  init: ViewerInit<Track, Stream>,
): Viewer<Track, Stream> {
  return new SharedSocketViewer(init);
}

class SharedSocketViewer<Track, Stream> implements Viewer<Track, Stream> {
  readonly #init: ViewerInit<Track, Stream>;
  readonly #url: URL;
  readonly #active = new Set<ActivePlayback<Track, Stream>>();
  readonly #pending = new PendingOffers<ActivePlayback<Track, Stream>>();
  #early: CandidateMessage[] = [];
  #socket: SignalingSocket | undefined;
  #iceServers: IceServer[] = [];
  #closed = false;
  readonly #onAbort = () => this.close();

  constructor(init: ViewerInit<Track, Stream>) {
    this.#init = init;
    this.#url = signalingUrl(init.url);
    init.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  open(cid: string, options: PlayOptions = {}): Playback<Track, Stream> {
    throwIfAborted(this.#init.signal);
    if (this.#closed) throw new InvalidStateError("The viewer is closed.");
    const { RTCPeerConnection, MediaStream, now = () => performance.now() } = this.#init;
    const socket = (this.#socket ??= this.#connect());
    const playback: ActivePlayback<Track, Stream> = new ActivePlayback({
      cid,
      options,
      RTCPeerConnection,
      MediaStream,
      send: (message: ClientMessage) => socket.send(message),
      onOver: () => this.#release(playback),
      now,
    });
    this.#active.add(playback);
    void this.#requestWhenGreeted(playback, socket);
    return playback;
  }

  async play(cid: string, options: PlayOptions = {}): Promise<Playback<Track, Stream>> {
    const playback = this.open(cid, options);
    await playback.whenConnected();
    return playback;
  }

  close(): void {
    this.#closed = true;
    this.#init.signal?.removeEventListener("abort", this.#onAbort);
    for (const playback of Array.from(this.#active)) playback.close();
    this.#disconnect();
  }

  async #requestWhenGreeted(
    playback: ActivePlayback<Track, Stream>,
    socket: SignalingSocket,
  ): Promise<void> {
    try {
      this.#iceServers = iceServersOf(await socket.welcome);
    } catch {
      // The loss of the socket has failed the playback already.
      return;
    }
    if (!this.#active.has(playback)) return;
    this.#pending.add(playback);
    playback.request();
  }

  #connect(): SignalingSocket {
    const { WebSocket = platformWebSocket() } = this.#init;
    const socket: SignalingSocket = new SignalingSocket({
      url: this.#url,
      WebSocket,
      onMessage: (message) => this.#route(message),
      onLost: (reason) => {
        if (this.#socket !== socket) return;
        this.#forgetSocket();
        for (const playback of Array.from(this.#active)) playback.fail(reason);
      },
    });
    return socket;
  }

  #route(message: ServerMessage): void {
    switch (message.type) {
      case "offer":
        this.#routeOffer(message);
        return;
      case "candidate":
        if (this.#byId(message.pc_id) === undefined) this.#keepEarly(message);
        this.#byId(message.pc_id)?.take(message);
        return;
      case "notification":
        this.#routeNotification(message);
        return;
      case "closed_all":
        for (const playback of Array.from(this.#active)) {
          if (playback.connectionId !== undefined) playback.take(message);
        }
        return;
      case "error":
        if (message.pc_id === undefined) {
          const { code, message: text, cid } = message;
          this.#pending.take([cid])?.fail(new IpfsKitError(code, text));
        } else {
          this.#byId(message.pc_id)?.take(message);
        }
        return;
      case "control_result":
      case "stats":
      case "closed":
        if (message.pc_id !== undefined) this.#byId(message.pc_id)?.take(message);
        return;
      case "welcome":
      case "connected":
      case "pong":
    }
  }

  #routeOffer(offer: Extract<ServerMessage, { type: "offer" }>): void {
    const playback =
      this.#byId(offer.pc_id) ?? this.#pending.take(offer.tracks.map(({ cid }) => cid));
    if (playback === undefined || !this.#active.has(playback)) {
      // Closed while the server was at work on it.
      this.#socket?.send({ type: "close", pc_id: offer.pc_id });
      return;
    }
    playback.takeOffer(offer, this.#iceServers);
    const early = this.#early.filter(({ pc_id: id }) => id === offer.pc_id);
    this.#early = this.#early.filter(({ pc_id: id }) => id !== offer.pc_id);
    for (const candidate of early) playback.take(candidate);
  }

  #routeNotification(message: Extract<ServerMessage, { type: "notification" }>): void {
    if (message.notification_type === PREPARING) {
      const preparing = preparingSchema.safeParse(message.data);
      if (!preparing.success) return;
      for (const playback of this.#pending.allOf(preparing.data.cid)) {
        playback.takePreparing(preparing.data);
      }
      return;
    }
    const id = message.data["pc_id"] ?? message.data["connection_id"];
    if (typeof id === "string") this.#byId(id)?.take(message);
  }

  #byId(id: string): ActivePlayback<Track, Stream> | undefined {
    return Array.from(this.#active).find(({ connectionId }) => connectionId === id);
  }

  #keepEarly(candidate: CandidateMessage): void {
    this.#early = [...this.#early, candidate].slice(-MAX_EARLY_CANDIDATES);
  }

  #release(playback: ActivePlayback<Track, Stream>): void {
    this.#active.delete(playback);
    // Its place among the pending stays: the answer that is still to come must not go to the next.
    if (this.#active.size === 0) this.#disconnect();
  }

  #disconnect(): void {
    this.#socket?.close();
    this.#forgetSocket();
  }

  #forgetSocket(): void {
    this.#socket = undefined;
    this.#pending.clear();
    this.#early = [];
  }
}

function iceServersOf({ ice_servers: servers }: Welcome): IceServer[] {
  return servers.map(({ urls, username, credential }) => ({
    urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  }));
}

function signalingUrl(address: string | URL): URL {
  const url = URL.parse(address.toString());
  if (url === null || !["ws:", "wss:"].includes(url.protocol)) {
    throw new IpfsKitError(
      "invalid_request",
      `The signaling address must begin with ws:// or wss://, not ${JSON.stringify(String(address))}.`,
    );
  }
  return url;
}

function platformWebSocket(): WebSocketConstructor {
  if (typeof WebSocket === "undefined") {
    throw new InvalidStateError("This platform has no WebSocket; hand one to createViewer().");
  }
  return WebSocket;
}
