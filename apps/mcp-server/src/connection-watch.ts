import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

import { MAX_PIPELINED_REQUESTS } from "./defaults.ts";
import type { EdgeResponse } from "./edge/edge-response.ts";

/** A request whose answer is not out yet. */
export interface Exchange {
  incoming: IncomingMessage;
  outgoing: EdgeResponse;
}

interface Connection {
  /** Oldest first: answers go out in this order. */
  exchanges: Set<Exchange>;
  /** Bytes the far end has taken, and the looks in a row at which they were the same. */
  takenBytes: number;
  sameLooks: number;
  /** By `performance.now()`; until its first request. */
  newSince: number | undefined;
}

/** Looks per time limit: a connection is cut up to a quarter of the limit too late. */
const LOOKS = 4;

/**
 * What the connections of a listener have under way. Cuts one that asks for many answers at once,
 * and one that does not take the answer it is sent.
 */
export class ConnectionWatch {
  readonly #connections = new Map<Socket, Connection>();
  #stallMs: number;
  #timer: NodeJS.Timeout | undefined;
  #count = 0;
  #pending = 0;
  #onIdle: () => void = () => {};
  readonly #onDone: (exchange: Exchange) => void;

  /**
   * @param stallMs how long a connection may take nothing of what it is sent
   * @param onDone told once of each request: the answer is out, or never will be
   */
  constructor(stallMs: number, onDone: (exchange: Exchange) => void) {
    this.#stallMs = stallMs;
    this.#onDone = onDone;
  }

  /** Answers that are not out yet. */
  *outgoings(): Generator<EdgeResponse, void, void> {
    for (const { exchanges } of this.#connections.values()) {
      for (const { outgoing } of exchanges) yield outgoing;
    }
  }

  /** Connections there have been. */
  get count(): number {
    return this.#count;
  }

  /** Whether nobody is connected. */
  get isEmpty(): boolean {
    return this.#connections.size === 0;
  }

  /** Whether somebody connected less than so long ago, and has not asked for anything yet. */
  hasNewcomer(ms: number): boolean {
    const oldest = performance.now() - ms;
    return Array.from(this.#connections.values()).some(({ newSince = 0 }) => newSince > oldest);
  }

  /** Whether an answer is on its way on that connection. */
  isBusy(socket: unknown): boolean {
    return Array.from(this.outgoings()).some((outgoing) => outgoing.req.socket === socket);
  }

  /** Resolves when no answer is under way. */
  async idle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    if (this.#pending === 0) resolve();
    await promise;
  }

  /** From now on this is how long a connection may take nothing. */
  setStallMs(stallMs: number): void {
    this.#stallMs = stallMs;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#connections.size > 0) this.#startLooking();
  }

  /** A new connection. */
  add(socket: Socket): void {
    const connection = {
      exchanges: new Set<Exchange>(),
      takenBytes: 0,
      sameLooks: 0,
      newSince: performance.now(),
    };
    this.#connections.set(socket, connection);
    this.#count += 1;
    socket.once("close", () => {
      this.#connections.delete(socket);
      // Answers that wait behind another never hear that the connection is gone.
      for (const exchange of connection.exchanges) this.#end(connection, exchange);
      if (this.#connections.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    if (this.#timer === undefined) this.#startLooking();
  }

  /** A request has come in. @returns whether to answer it; else its connection is cut. */
  begin(incoming: IncomingMessage, outgoing: EdgeResponse): boolean {
    const connection = this.#connections.get(incoming.socket);
    if (connection === undefined || incoming.socket.destroyed) return false;
    if (connection.exchanges.size >= MAX_PIPELINED_REQUESTS) {
      incoming.socket.destroy();
      return false;
    }
    connection.newSince = undefined;
    const exchange = { incoming, outgoing };
    connection.exchanges.add(exchange);
    this.#pending += 1;
    outgoing.once("close", () => this.#end(connection, exchange));
    return true;
  }

  #end(connection: Connection, exchange: Exchange): void {
    if (!connection.exchanges.delete(exchange)) return;
    this.#pending -= 1;
    this.#onDone(exchange);
    if (this.#pending === 0) this.#onIdle();
  }

  #startLooking(): void {
    this.#timer = setInterval(() => this.#look(), this.#stallMs / LOOKS);
  }

  #look(): void {
    for (const [socket, connection] of this.#connections) {
      const takenBytes = socket.bytesWritten - socket.writableLength;
      const [first] = connection.exchanges;
      // Browsers read only after they have sent everything; uploads have a time rule of their own.
      const mayWait = socket.writableLength === 0 || first?.incoming.complete === false;
      const same = !mayWait && takenBytes === connection.takenBytes;
      connection.sameLooks = same ? connection.sameLooks + 1 : 0;
      connection.takenBytes = takenBytes;
      if (connection.sameLooks >= LOOKS) socket.destroy();
    }
  }
}
