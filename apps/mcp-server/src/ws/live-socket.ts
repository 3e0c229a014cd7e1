import type { Logger } from "@ipfs-kit/core";
import type { RawData, WebSocket } from "ws";

import { MAX_SOCKET_BACKLOG_BYTES } from "../defaults.ts";
import { CLOSE } from "./close-codes.ts";

/** The side of a socket that a feature talks to. */
export interface SocketChannel {
  send(text: string): void;
  close(code: number, reason: string): void;
}

/** What a feature does with a socket. */
export interface SocketPeer {
  /** One text message, at most as long as the route allows. */
  receive(text: string): void;
  /** The socket is gone; nothing sent from now on arrives. Resolves when all it owned is gone too. */
  disconnected(): Promise<void>;
}

/** Pings in a row that may stay without an answer. */
const MAX_MISSED_PINGS = 2;
/** Messages that may be under way to us when we close; who sends more does not listen. */
const MAX_LATE_MESSAGES = 256;

/**
 * One accepted WebSocket: text only, with a cap on what the far end has not taken yet, and ended
 * when the far end stops answering pings.
 */
export class LiveSocket implements SocketChannel {
  readonly #socket: WebSocket;
  readonly #logger: Logger;
  readonly #closeGraceMs: number;
  #missedPings = 0;
  #closing = false;
  #lateMessages = 0;

  constructor(
    socket: WebSocket,
    { logger, closeGraceMs }: { logger: Logger; closeGraceMs: number },
  ) {
    this.#socket = socket;
    this.#logger = logger;
    this.#closeGraceMs = closeGraceMs;
    // After an error (a frame too large, text that is no UTF-8) the library closes with its code.
    socket.on("error", (error) => logger.debug("a WebSocket broke the rules", { error }));
    socket.on("pong", () => (this.#missedPings = 0));
  }

  /** Connects the feature. Called once. */
  attach(peer: SocketPeer): void {
    this.#socket.on("message", (data, isBinary) => this.#receive(peer, data, isBinary));
  }

  send(text: string): void {
    const { readyState, OPEN, bufferedAmount } = this.#socket;
    if (this.#closing || readyState !== OPEN) return;
    if (bufferedAmount > MAX_SOCKET_BACKLOG_BYTES) {
      this.close(CLOSE.slowConsumer, "too slow");
    } else {
      this.#socket.send(text);
    }
  }

  /** Says why, waits a moment for the answer, then cuts. Only the first call counts. */
  close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#socket.close(code, reason);
    const timer = setTimeout(() => this.#socket.terminate(), this.#closeGraceMs);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  /** Ends the socket when pings went unanswered, else sends the next. */
  checkAlive(): void {
    if (this.#missedPings >= MAX_MISSED_PINGS) {
      this.#socket.terminate();
      return;
    }
    this.#missedPings += 1;
    this.#socket.ping();
  }

  #receive(peer: SocketPeer, data: RawData, isBinary: boolean): void {
    if (this.#closing) {
      this.#lateMessages += 1;
      if (this.#lateMessages === MAX_LATE_MESSAGES) this.#socket.terminate();
      return;
    }
    if (isBinary || !Buffer.isBuffer(data)) {
      this.close(CLOSE.policy, "text only");
      return;
    }
    try {
      peer.receive(data.toString("utf8"));
    } catch (error) {
      this.#logger.error("a WebSocket message could not be handled", { error });
      this.close(CLOSE.internal, "internal error");
    }
  }
}
