import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import { IpfsKitError, type Logger, NotFoundError, UnavailableError } from "@ipfs-kit/core";
import { type WebSocket, WebSocketServer } from "ws";

import { MAX_SOCKETS_PER_ADDRESS, RETRY_AFTER_SECONDS } from "../defaults.ts";
import { type Access, assertAccess, type Caller } from "../edge/access.ts";
import type { Gate } from "../edge/gate.ts";
import { HttpError } from "../edge/http-error.ts";
import { answerFor, endWithProblem } from "../edge/problems.ts";
import { isTicket } from "../edge/tickets.ts";
import { CLOSE } from "./close-codes.ts";
import { LiveSocket, type SocketChannel, type SocketPeer } from "./live-socket.ts";

/** What is served at one path. */
export interface SocketRoute {
  /** Longer messages close the socket with 1009. */
  maxMessageBytes: number;
  /** Who may use it. @default "viewer" */
  access?: Access;
  connect: (channel: SocketChannel, client: SocketClient) => SocketPeer;
}

/** Who is at the other end of a WebSocket. */
export interface SocketClient {
  /** Absent for a stranger, where those may connect. */
  caller: Caller | undefined;
  /** Its address or network, to count it by. */
  address: string;
}

export interface SocketRouterInit {
  gate: Gate;
  /** By exact path. */
  routes: ReadonlyMap<string, SocketRoute>;
  logger: Logger;
  nextRequestId: () => string;
  heartbeatMs: number;
  closeGraceMs: number;
  /** WebSockets one address may have; more are closed with 1013. @default 256 */
  maxPerAddress?: number;
  debug: boolean;
}

/** Whether a request asks for a WebSocket; any other `Upgrade` is answered as if it were not there. */
export function wantsWebSocket({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

/** The one owner of connection upgrades: checks, accepts, keeps alive and closes WebSockets. */
export class SocketRouter {
  readonly #init: SocketRouterInit;
  readonly #servers = new Map<string, WebSocketServer>();
  /** With the promise that settles when the socket, and what it owned, is gone. */
  readonly #sockets = new Map<LiveSocket, Promise<void>>();
  readonly #callers = new Map<LiveSocket, Caller>();
  readonly #countByAddress = new Map<string, number>();
  #heartbeat: NodeJS.Timeout | undefined;
  #callerCheck: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(init: SocketRouterInit) {
    this.#init = init;
    for (const [path, { maxMessageBytes }] of init.routes) {
      const server = new WebSocketServer({
        noServer: true,
        clientTracking: false,
        perMessageDeflate: false,
        maxPayload: maxMessageBytes,
        // A ticket is for us alone; the client needs to hear one of the names it offered.
        handleProtocols: (names) => Array.from(names).find((name) => !isTicket(name)) ?? false,
      });
      server.on("wsClientError", (error, socket, request) =>
        this.#refuse(request, socket, new HttpError("invalid_request", `${error.message}.`)),
      );
      this.#servers.set(path, server);
    }
  }

  /** Takes over a connection that asked for an upgrade. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    connection.on("error", (error) =>
      this.#init.logger.debug("an upgraded connection broke", { error }),
    );
    const { error, caller } = this.#init.gate.admit(request, true);
    if (error !== undefined) return this.#refuse(request, connection, error);
    try {
      const [server, route] = this.#find(request, caller);
      const client = { caller, address: this.#init.gate.clientKey(request) };
      server.handleUpgrade(request, connection, head, (socket) =>
        this.#accept(socket, route, client),
      );
    } catch (refusal) {
      if (!(refusal instanceof IpfsKitError)) throw refusal;
      this.#refuse(request, connection, refusal);
    }
  }

  /** @throws IpfsKitError when there is nothing to connect to, or not for this caller */
  #find(
    request: IncomingMessage,
    caller: Caller | undefined,
  ): [server: WebSocketServer, route: SocketRoute] {
    const path = pathOf(request);
    const route = this.#init.routes.get(path);
    const server = this.#servers.get(path);
    // Asked before anything is told of what there is.
    assertAccess(caller, route?.access ?? "viewer");
    if (!wantsWebSocket(request)) {
      throw new HttpError("invalid_request", "Only WebSocket is offered.");
    }
    if (route === undefined || server === undefined) {
      throw new NotFoundError("There is no WebSocket at this path.");
    }
    if (this.#closing) throw new UnavailableError("The server is stopping.");
    return [server, route];
  }

  /**
   * Closes every socket with 1012 and waits until they, and what they owned, are gone. Takes no new
   * ones.
   */
  async close(): Promise<void> {
    this.#closing = true;
    this.#stopTimers();
    for (const socket of this.#sockets.keys()) {
      // Spread out, or all clients come back in the same second.
      const seconds = RETRY_AFTER_SECONDS + Math.floor(Math.random() * 4);
      socket.close(CLOSE.restart, JSON.stringify({ retry_after: seconds }));
    }
    await Promise.all(this.#sockets.values());
  }

  #accept(socket: WebSocket, { connect }: SocketRoute, client: SocketClient): void {
    const { caller, address } = client;
    const { logger, closeGraceMs, heartbeatMs } = this.#init;
    const { maxPerAddress = MAX_SOCKETS_PER_ADDRESS } = this.#init;
    const live = new LiveSocket(socket, { logger, closeGraceMs });
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    let peer: SocketPeer | undefined;
    try {
      if (this.#count(address, 1) > maxPerAddress) {
        live.close(CLOSE.tryLater, "too many connections");
      } else {
        peer = connect(live, client);
        live.attach(peer);
      }
    } catch (error) {
      logger.error("a WebSocket could not be served", { error });
      live.close(CLOSE.internal, "internal error");
    }
    if (caller !== undefined) this.#callers.set(live, caller);
    this.#heartbeat ??= setInterval(() => this.#checkAlive(), heartbeatMs);
    this.#callerCheck ??= setInterval(() => this.#checkCallers(), CALLER_CHECK_MS);
    socket.once("close", () => this.#count(address, -1));
    this.#sockets.set(live, this.#goneAfter(closed, live, peer));
  }

  /** @returns how many WebSockets that address has now */
  #count(address: string, change: 1 | -1): number {
    const count = (this.#countByAddress.get(address) ?? 0) + change;
    if (count > 0) this.#countByAddress.set(address, count);
    else this.#countByAddress.delete(address);
    return count;
  }

  /** Resolves when the socket and what it owned are gone. Never fails. */
  async #goneAfter(
    closed: Promise<void>,
    live: LiveSocket,
    peer: SocketPeer | undefined,
  ): Promise<void> {
    try {
      await closed;
      await peer?.disconnected();
    } catch (error) {
      this.#init.logger.error("what a WebSocket owned could not be let go", { error });
    }
    this.#sockets.delete(live);
    this.#callers.delete(live);
    if (this.#sockets.size === 0) this.#stopTimers();
  }

  #stopTimers(): void {
    clearInterval(this.#heartbeat);
    clearInterval(this.#callerCheck);
    this.#heartbeat = undefined;
    this.#callerCheck = undefined;
  }

  #checkAlive(): void {
    for (const socket of this.#sockets.keys()) socket.checkAlive();
  }

  /** A token that was revoked, or has run out, ends what was opened with it. */
  #checkCallers(): void {
    for (const [socket, caller] of this.#callers) {
      if (!caller.isCurrent()) socket.close(CLOSE.signedOut, "sign in again");
    }
  }

  #refuse(request: IncomingMessage, connection: Duplex, error: Error): void {
    const { nextRequestId, debug } = this.#init;
    const context = { requestId: nextRequestId(), url: request.url ?? "/", debug };
    endWithProblem(connection, answerFor(error, context));
  }
}

/** How often it is looked whether those who connected may still be here. */
const CALLER_CHECK_MS = 1_000;

/** The path as it was written, without the query. The host before it, if any, was checked. */
function pathOf({ url = "/" }: IncomingMessage): string {
  const path = url.startsWith("/") ? url : (URL.parse(url)?.pathname ?? "");
  return path.split("?", 1)[0] ?? "";
}
