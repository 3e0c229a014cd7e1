import { randomUUID } from "node:crypto";

import {
  errorCodeOf,
  IpfsKitError,
  LimitExceededError,
  noopLogger,
  NotFoundError,
  TaskScope,
  type ErrorCode,
  type Logger,
} from "@ipfs-kit/core";
import {
  MAX_SDP_CHARACTERS,
  MAX_SIGNALING_MESSAGE_BYTES,
  PREPARING,
  SIGNALING_PROTOCOL,
  type ClientMessage,
  type ServerMessage,
} from "@ipfs-kit/core/wire";

import { MAX_SESSIONS_PER_CHANNEL } from "./defaults.ts";
import type { StreamingManager } from "./manager.ts";
import type { Session } from "./session/session.ts";
import {
  type MessageSubject,
  parseMessage,
  subjectClaimedBy,
  subjectOf,
} from "./signaling-message.ts";

/** The far end of a signaling channel, whatever carries it. */
export interface SignalingSocket {
  send(text: string): void;
}

/** Our end of it. */
export interface SignalingPeer {
  readonly clientId: string;
  /** Takes one message. Never throws: what is wrong with it is answered. */
  receive(text: string): void;
  /** The channel is gone: its sessions are closed. Resolves when they are; never rejects. */
  disconnected(): Promise<void>;
}

export interface SignalingInit {
  manager: Pick<StreamingManager, "open">;
  socket: SignalingSocket;
  /** Sessions this channel may have, open or being opened. @default 20 */
  maxSessions?: number | undefined;
  logger?: Logger | undefined;
}

type OfferRequest = Extract<ClientMessage, { type: "offer_request" }>;
type Control = Extract<ClientMessage, { type: "control" }>;

/**
 * Speaks the signaling protocol on one channel. The channel owns the sessions it opened; others
 * cannot be named from it.
 */
export function connectSignaling(init: SignalingInit): SignalingPeer {
  return new SignalingConnection(init);
}

class SignalingConnection implements SignalingPeer {
  readonly clientId = randomUUID();
  readonly #manager: Pick<StreamingManager, "open">;
  readonly #socket: SignalingSocket;
  readonly #logger: Logger;
  readonly #scope: TaskScope;
  readonly #sessions = new Map<string, Session>();
  readonly #maxSessions: number;
  /** The offers under way; fired when they are no longer wanted. */
  #opens = new AbortController();
  #opening = 0;
  #gone = false;

  constructor({
    manager,
    socket,
    maxSessions = MAX_SESSIONS_PER_CHANNEL,
    logger = noopLogger,
  }: SignalingInit) {
    this.#manager = manager;
    this.#maxSessions = maxSessions;
    this.#socket = socket;
    this.#logger = logger.child({ client_id: this.clientId });
    this.#scope = new TaskScope({ name: `signaling ${this.clientId}`, onFailure: "isolate" });
    this.#send({
      type: "welcome",
      client_id: this.clientId,
      protocol: SIGNALING_PROTOCOL,
      capabilities: ["video", "audio"],
      ice_servers: [],
      limits: {
        message_bytes: MAX_SIGNALING_MESSAGE_BYTES,
        sdp_characters: MAX_SDP_CHARACTERS,
        sessions: maxSessions,
      },
    });
  }

  receive(text: string): void {
    let message: ClientMessage;
    try {
      message = parseMessage(text);
    } catch (error) {
      this.#sendError(error, subjectClaimedBy(text));
      return;
    }
    if (this.#gone) return;
    const about = subjectOf(message);
    this.#scope
      .spawn(message.type, async (signal) => this.#handle(message, signal))
      .catch((error: unknown) => this.#sendError(error, about));
  }

  async disconnected(): Promise<void> {
    if (this.#gone) return;
    this.#gone = true;
    const ends = await Promise.allSettled([
      this.#scope.stop(),
      ...Array.from(this.#sessions.values(), async (session) => session.close()),
    ]);
    for (const end of ends) {
      if (end.status === "rejected") {
        this.#logger.warn("A channel did not end cleanly.", { error: end.reason });
      }
    }
  }

  async #handle(message: ClientMessage, signal: AbortSignal): Promise<void> {
    switch (message.type) {
      case "offer_request":
        return this.#open(message, signal);
      case "answer":
        return this.#answer(this.#session(message.pc_id), message.sdp);
      case "candidate":
        return this.#session(message.pc_id).addCandidate(message);
      case "control":
        return this.#control(message);
      case "get_stats":
        return this.#sendStats(message.pc_id);
      case "close":
        return this.#close(message.pc_id);
      case "ping":
        return this.#send({ type: "pong", timestamp: new Date().toISOString() });
      case "add_track":
      case "remove_track":
      case "set_quality":
      case "restart_ice":
        throw new IpfsKitError("not_supported", `This version does not do "${message.type}" yet.`);
    }
  }

  async #open(request: OfferRequest, signal: AbortSignal): Promise<void> {
    const { cid, kind } = request;
    if (kind === "data") {
      throw new IpfsKitError("not_supported", "This version sends audio and video only.");
    }
    if (this.#opening + this.#sessions.size >= this.#maxSessions) {
      throw new LimitExceededError(`A channel has at most ${this.#maxSessions} connections.`);
    }
    this.#opening += 1;
    let session: Session;
    try {
      session = await this.#manager.open({
        cid,
        kind,
        startAtSeconds: request.start_at_seconds,
        signal: AbortSignal.any([signal, this.#opens.signal]),
        onPreparing: ({ percent, detail }) =>
          this.#send({
            type: "notification",
            notification_type: PREPARING,
            data: { cid, detail, ...(percent !== undefined && { percent }) },
          }),
      });
    } finally {
      this.#opening -= 1;
    }
    if (this.#gone) return session.close();
    this.#adopt(session);
    this.#send({
      type: "offer",
      pc_id: session.id,
      sdp: session.offer,
      sdpType: "offer",
      tracks: [...session.tracks],
    });
  }

  async #answer(session: Session, sdp: string): Promise<void> {
    try {
      await session.answer(sdp);
    } catch (error) {
      // An answer that ended the session is reported with its end.
      if (session.state !== "failed") throw error;
    }
  }

  #adopt(session: Session): void {
    const { id, events } = session;
    this.#sessions.set(id, session);
    events.on("candidate", ({ candidate, sdpMid, sdpMLineIndex }) =>
      this.#send({ type: "candidate", pc_id: id, candidate, sdpMid, sdpMLineIndex }),
    );
    events.on("connected", ({ connectionTimeMs }) =>
      this.#send({
        type: "connected",
        pc_id: id,
        connection_time_ms: Math.round(connectionTimeMs * 10) / 10,
      }),
    );
    events.on("ended", () => this.#notify("webrtc_stream_ended", { pc_id: id, cid: session.cid }));
    events.on("playbackFailed", ({ code, message }) =>
      this.#send({ type: "error", code, message, pc_id: id }),
    );
    events.on("closed", ({ code, message }) => {
      this.#sessions.delete(id);
      if (code !== undefined) {
        this.#send({ type: "error", code, message: message ?? "", pc_id: id });
      }
      this.#send({ type: "closed", pc_id: id });
    });
  }

  #session(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new NotFoundError("This channel has no such connection.");
    return session;
  }

  #control({ pc_id, action, position_seconds }: Control): void {
    const session = this.#session(pc_id);
    if (action === "seek" && position_seconds === undefined) {
      throw new IpfsKitError("invalid_request", 'A "seek" needs "position_seconds".');
    }
    const { positionSeconds, durationSeconds } =
      action === "seek" ? session.seek(position_seconds ?? 0) : session[action]();
    this.#send({
      type: "control_result",
      pc_id,
      position_seconds: positionSeconds,
      ...(durationSeconds !== undefined && { duration_seconds: durationSeconds }),
      success: true,
    });
  }

  #sendStats(id: string | undefined): void {
    if (id !== undefined) {
      const connection_stats = this.#session(id).stats();
      return this.#send({ type: "stats", pc_id: id, connection_stats });
    }
    const all = Array.from(this.#sessions, ([key, session]) => [key, session.stats()] as const);
    return this.#send({ type: "stats", connection_stats: Object.fromEntries(all) });
  }

  /** `closed` is sent by the session's own event, once it is true. */
  async #close(id: string | undefined): Promise<void> {
    if (id !== undefined) return this.#session(id).close();
    this.#opens.abort();
    this.#opens = new AbortController();
    await Promise.all(Array.from(this.#sessions.values(), async (session) => session.close()));
    return this.#send({ type: "closed_all" });
  }

  #notify(type: string, data: Record<string, unknown>): void {
    this.#send({ type: "notification", notification_type: type, data });
  }

  #sendError(error: unknown, about: MessageSubject): void {
    const code: ErrorCode = errorCodeOf(error);
    if (code === "internal") this.#logger.error("A signaling request failed.", { error, ...about });
    const message = error instanceof IpfsKitError ? error.message : "Something went wrong here.";
    this.#send({ type: "error", code, message, ...about });
  }

  #send(message: ServerMessage): void {
    if (!this.#gone) this.#socket.send(JSON.stringify(message));
  }
}
