import { createServer, IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { setImmediate } from "node:timers/promises";

import { getRequestListener, RequestError } from "@hono/node-server";
import { delay, InvalidStateError, type Logger } from "@ipfs-kit/core";

import { ConnectionWatch, type Exchange } from "./connection-watch.ts";
import {
  ANSWER_STALL_MS,
  CONNECTION_CHECK_MS,
  FIRST_WORD_MS,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  LAST_WORD_MS,
  MAX_CONNECTIONS,
  STOPPING_STALL_MS,
} from "./defaults.ts";
import { answerPreflight, corsHeaders, isPreflight } from "./edge/cors.ts";
import { type EdgeHeaders, EdgeResponse } from "./edge/edge-response.ts";
import { FirstByte, type HttpApp } from "./edge/first-byte.ts";
import type { Gate } from "./edge/gate.ts";
import { HttpError } from "./edge/http-error.ts";
import { hostInUrl } from "./edge/names.ts";
import { parseFailure } from "./edge/parse-failure.ts";
import { answerFor, endWithProblem, sendProblem } from "./edge/problems.ts";
import { REQUEST_ID } from "./edge/request-id.ts";
import { RequestEnv } from "./edge/request-env.ts";
import { ConfigError, PortInUseError } from "./errors.ts";
import { type SocketRouter, wantsWebSocket } from "./ws/router.ts";

export interface HttpListenerInit {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** What host and port are set with, for messages about them. @default `--host` and `--port` */
  flags?: { host: string; port: string };
  gate: Gate;
  app: HttpApp;
  /** @default none: an upgrade is answered as if it were not there */
  sockets?: SocketRouter;
  /** In every answer, unless the app says otherwise. @default those of the control listener */
  headers?: EdgeHeaders;
  logger: Logger;
  nextRequestId: () => string;
  debug: boolean;
  /** How long a client may take nothing of its answer. @default 30 000 */
  answerStallMs?: number;
  /** How long an answer may take to begin. @default the app sees to that itself */
  firstByteMs?: number;
  /** Further connections are dropped. @default 12 288 */
  maxConnections?: number;
}

/** Answered while draining; everything else gets 503. */
const HEALTH_PATHS: ReadonlySet<string> = new Set([
  "/health",
  "/api/v0/health",
  "/livez",
  "/readyz",
]);

/** In every answer of the control listener: nothing in it is a page. The dashboard has its own. */
const CONTROL_HEADERS: EdgeHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

const CONTROL_FLAGS = { host: "--host", port: "--port" };

/** Methods whose body somebody reads. */
const METHODS_WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** A listener: guard first, then WebSockets or the app; ends without cutting work. */
export class HttpListener {
  readonly #init: HttpListenerInit;
  readonly #server: Server<typeof IncomingMessage, typeof EdgeResponse>;
  readonly #serve: (incoming: IncomingMessage, outgoing: EdgeResponse) => Promise<void>;
  readonly #connections: ConnectionWatch;
  readonly #headers: EdgeHeaders;
  /** The same where pages of other origins may be allowed. */
  readonly #varyingHeaders: EdgeHeaders;
  #draining = false;

  constructor(init: HttpListenerInit) {
    this.#init = init;
    this.#headers = init.headers ?? CONTROL_HEADERS;
    this.#varyingHeaders = { ...this.#headers, vary: "Origin" };
    this.#connections = new ConnectionWatch(init.answerStallMs ?? ANSWER_STALL_MS, (exchange) =>
      this.#tellDone(exchange),
    );
    const app = this.#inTime(init);
    this.#serve = getRequestListener(
      (request, { outgoing }) => app.fetch(request, envOf(outgoing)),
      {
        errorHandler: (error) => this.#answerUnrouted(error),
      },
    );
    this.#server = createServer<typeof IncomingMessage, typeof EdgeResponse>(
      {
        IncomingMessage,
        ServerResponse: EdgeResponse,
        // Bodies have no total time limit, only one between bytes: see DEFAULT_UPLOAD_IDLE_SECONDS.
        requestTimeout: 0,
        // The guard refuses a request without one.
        requireHostHeader: false,
        headersTimeout: HEADERS_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
        connectionsCheckingInterval: CONNECTION_CHECK_MS,
        shouldUpgradeCallback: (request) => init.sockets !== undefined && wantsWebSocket(request),
      },
      (incoming, outgoing) => {
        if (this.#admit(incoming, outgoing)) this.#answer(incoming, outgoing);
      },
    );
    this.#server.maxConnections = init.maxConnections ?? MAX_CONNECTIONS;
    this.#server.on("connection", (socket) => this.#connections.add(socket));
    // Without these two Node answers an Expect itself, before the guard is asked.
    this.#server.on("checkContinue", (incoming, outgoing) => {
      if (!this.#admit(incoming, outgoing)) return;
      outgoing.writeContinue();
      this.#answer(incoming, outgoing);
    });
    this.#server.on("checkExpectation", (incoming, outgoing) => {
      if (this.#admit(incoming, outgoing)) this.#refuse(incoming, outgoing, UNEXPECTED);
    });
    this.#server.on("upgrade", (request, socket, head) =>
      init.sockets?.upgrade(request, socket, head),
    );
    this.#server.on("clientError", (error, socket) => this.#onClientError(error, socket));
  }

  #inTime({ app, firstByteMs: limitMs }: HttpListenerInit): HttpApp {
    if (limitMs === undefined) return app;
    return new FirstByte({ app, limitMs, onLate: (error) => this.#answerUnrouted(error) });
  }

  /** Whether newcomers are sent away. */
  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Binds the port.
   *
   * @returns the address to reach it by, e.g. `http://127.0.0.1:8000`
   * @throws PortInUseError; ConfigError when there is no such address or no right to it.
   */
  async listen(): Promise<string> {
    const { host, port, gate, flags = CONTROL_FLAGS } = this.#init;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen(port, host, resolve);
    try {
      await promise;
    } catch (error) {
      throw listenFailure(error, { host, port, flags });
    }
    this.#server.off("error", reject);
    this.#server.on("error", (error) => this.#init.logger.error("the listener failed", { error }));
    const address = this.#server.address();
    const bound = typeof address === "object" && address !== null ? address.port : port;
    gate.listensOn(bound);
    return `http://${hostInUrl(host)}:${bound}`;
  }

  /**
   * Sends newcomers away with 503, closes WebSockets with 1012, and waits for the requests in
   * flight, but not longer than `deadlineMs`. A client that does not read is cut soon.
   */
  async drain(deadlineMs: number): Promise<void> {
    this.#draining = true;
    this.#connections.setStallMs(STOPPING_STALL_MS);
    const deadline = Promise.withResolvers<void>();
    const timer = setTimeout(deadline.resolve, deadlineMs);
    for (const outgoing of this.#connections.outgoings()) outgoing.shouldKeepAlive = false;
    const done = Promise.all([this.#connections.idle(), this.#init.sockets?.close()]);
    await Promise.race([done, deadline.promise]);
    // Who asks again on a connection it had is told, which closes it: the less are reset in `close`.
    const lastWord = this.#connections.isEmpty ? Promise.resolve() : delay(LAST_WORD_MS);
    await Promise.race([lastWord, deadline.promise]);
    clearTimeout(timer);
  }

  /** Stops listening, and soon cuts what is still connected. */
  async close(): Promise<void> {
    this.#draining = true;
    const closed = Promise.withResolvers<void>();
    await this.#acceptAll();
    this.#server.close(() => closed.resolve());
    await Promise.race([closed.promise, this.#lastRequests()]);
    this.#server.closeAllConnections();
    await Promise.all([closed.promise, this.#init.sockets?.close()]);
  }

  /**
   * Accepts whoever is in the queue of the port: they are connected as far as they know, and would be
   * reset. Each turn of the event loop takes one.
   */
  async #acceptAll(): Promise<void> {
    const deadline = performance.now() + FIRST_WORD_MS;
    let before: number;
    do {
      before = this.#connections.count;
      await setImmediate();
    } while (this.#connections.count > before && performance.now() < deadline);
  }

  /** Who connected a moment ago has a request on the way, and is owed an answer. */
  async #lastRequests(): Promise<void> {
    do await delay(LAST_WORD_MS);
    while (this.#connections.hasNewcomer(FIRST_WORD_MS));
  }

  /** Whether the request may be served; one that may not has had its answer. */
  #admit(incoming: IncomingMessage, outgoing: EdgeResponse): boolean {
    const { gate, nextRequestId } = this.#init;
    outgoing.requestId = nextRequestId();
    outgoing.startedAt = performance.now();
    outgoing.edgeHeaders = gate.allowsForeignOrigins ? this.#varyingHeaders : this.#headers;
    if (!this.#connections.begin(incoming, outgoing)) return false;
    const { error, caller, foreignOrigin } = gate.admit(incoming);
    outgoing.caller = caller;
    if (foreignOrigin !== undefined) {
      outgoing.edgeHeaders = { ...outgoing.edgeHeaders, ...corsHeaders(foreignOrigin) };
    }
    if (error !== undefined) {
      this.#refuse(incoming, outgoing, error);
      return false;
    }
    if (foreignOrigin !== undefined && isPreflight(incoming)) {
      answerPreflight(outgoing);
      return false;
    }
    if (this.#draining) {
      outgoing.shouldKeepAlive = false;
      if (!HEALTH_PATHS.has(pathOf(incoming))) {
        this.#refuse(incoming, outgoing, STOPPING);
        return false;
      }
    }
    return true;
  }

  #answer(incoming: IncomingMessage, outgoing: EdgeResponse): void {
    // Nobody reads a body of these; without this the connection would wait for its end.
    const isRead = METHODS_WITH_BODY.has(incoming.method ?? "");
    if (!isRead && hasBody(incoming)) outgoing.shouldKeepAlive = false;
    this.#serve(incoming, outgoing).catch((error: unknown) => {
      this.#init.logger.error("an answer could not be sent", { error });
      outgoing.destroy();
    });
  }

  #tellDone({ incoming, outgoing }: Exchange): void {
    this.#init.logger.debug("request", {
      request_id: outgoing.requestId,
      method: incoming.method,
      path: pathOf(incoming),
      status: outgoing.headersSent ? outgoing.statusCode : undefined,
      complete: outgoing.writableFinished,
      ms: Math.round(performance.now() - outgoing.startedAt),
    });
  }

  #refuse(incoming: IncomingMessage, outgoing: EdgeResponse, error: Error): void {
    const isSending = hasBody(incoming);
    if (isSending) outgoing.shouldKeepAlive = false;
    const { requestId } = outgoing;
    const context = { requestId, url: incoming.url ?? "/", debug: this.#init.debug };
    sendProblem(outgoing, answerFor(error, context), { isSending });
  }

  /** What fails outside of the app: mostly a target that is no URL. */
  #answerUnrouted(cause: unknown): Response {
    const error =
      cause instanceof RequestError
        ? new HttpError("invalid_request", "The request target is malformed.", { cause })
        : cause;
    const requestId = this.#init.nextRequestId();
    const context = { requestId, url: "", debug: this.#init.debug };
    const { status, headers, problem } = answerFor(error, context);
    if (status === 500)
      this.#init.logger.error("a request failed", { error, request_id: requestId });
    return new Response(JSON.stringify(problem), {
      status,
      headers: { ...headers, [REQUEST_ID]: requestId },
    });
  }

  /** Not HTTP, a header too large or too slow: answered unless an answer is already on its way. */
  #onClientError(error: Error, socket: Duplex): void {
    this.#init.logger.debug("a connection broke the rules", { error });
    if (this.#connections.isBusy(socket) || !socket.writable) {
      socket.destroy();
      return;
    }
    const context = { requestId: this.#init.nextRequestId(), url: "", debug: false };
    endWithProblem(socket, answerFor(parseFailure(error), context));
  }
}

const STOPPING = new HttpError("unavailable", "The server is stopping.", {
  headers: { "retry-after": "5" },
});

const UNEXPECTED = new HttpError("invalid_request", "Only Expect: 100-continue is known here.", {
  status: 417,
});

function envOf(outgoing: unknown): RequestEnv {
  if (outgoing instanceof EdgeResponse) return new RequestEnv(outgoing);
  throw new InvalidStateError("The listener makes every answer itself.");
}

function hasBody({ headers }: IncomingMessage): boolean {
  const { "content-length": length = "0", "transfer-encoding": encoding } = headers;
  return length !== "0" || encoding !== undefined;
}

function pathOf({ url = "/" }: IncomingMessage): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

function listenFailure(
  error: unknown,
  { host, port, flags }: Pick<HttpListenerInit, "host" | "port"> & { flags: typeof CONTROL_FLAGS },
): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "EADDRINUSE":
      return new PortInUseError(host, port, { flag: flags.port, cause: error });
    case "EACCES":
      return new ConfigError(
        `${flags.port} ${port} is not allowed: ports below 1024 need special rights.`,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EINVAL":
      return new ConfigError(
        `${flags.host} ${host} is not allowed: give an address of this machine.`,
      );
    default:
      return error;
  }
}
