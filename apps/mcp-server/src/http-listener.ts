import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import { getRequestListener, RequestError } from "@hono/node-server";
import type { Logger } from "@ipfs-kit/core";

import { ConnectionWatch } from "./connection-watch.ts";
import {
  ANSWER_STALL_MS,
  CONNECTION_CHECK_MS,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  MAX_CONNECTIONS,
  STOPPING_STALL_MS,
} from "./defaults.ts";
import { allowOrigin, answerPreflight, isPreflight } from "./edge/cors.ts";
import type { Guard } from "./edge/guard.ts";
import { HttpError } from "./edge/http-error.ts";
import { hostInUrl } from "./edge/names.ts";
import { parseFailure } from "./edge/parse-failure.ts";
import { answerFor, endWithProblem, sendProblem } from "./edge/problems.ts";
import { REQUEST_ID } from "./edge/request-id.ts";
import { ConfigError, PortInUseError } from "./errors.ts";
import { type SocketRouter, wantsWebSocket } from "./ws/router.ts";

/** What answers requests; a Hono app is one. It is given Node's request and response underneath. */
interface HttpApp {
  fetch(request: Request, env: object): Response | Promise<Response>;
}

export interface HttpListenerInit {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** What host and port are set with, for messages about them. @default `--host` and `--port` */
  flags?: { host: string; port: string };
  guard: Guard;
  app: HttpApp;
  /** @default none: an upgrade is answered as if it were not there */
  sockets?: SocketRouter;
  /** In every answer, unless the app says otherwise. @default those of the control listener */
  headers?: readonly (readonly [string, string])[];
  logger: Logger;
  nextRequestId: () => string;
  debug: boolean;
  /** How long a client may take nothing of its answer. @default 30 000 */
  answerStallMs?: number;
}

/** Answered while draining; everything else gets 503. */
const HEALTH_PATHS: ReadonlySet<string> = new Set([
  "/health",
  "/api/v0/health",
  "/livez",
  "/readyz",
]);

/** In every answer of the control listener. The dashboard adds its own. */
const CONTROL_HEADERS: readonly (readonly [string, string])[] = [
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-resource-policy", "same-origin"],
];

const CONTROL_FLAGS = { host: "--host", port: "--port" };

/** Methods whose body somebody reads. */
const METHODS_WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** A listener: guard first, then WebSockets or the app; ends without cutting work. */
export class HttpListener {
  readonly #init: HttpListenerInit;
  readonly #server: Server;
  readonly #serve: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
  readonly #connections: ConnectionWatch;
  #draining = false;

  constructor(init: HttpListenerInit) {
    this.#init = init;
    this.#connections = new ConnectionWatch(init.answerStallMs ?? ANSWER_STALL_MS);
    this.#serve = getRequestListener((request, env) => init.app.fetch(request, env), {
      errorHandler: (error) => this.#answerUnrouted(error),
    });
    this.#server = createServer(
      {
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
    this.#server.maxConnections = MAX_CONNECTIONS;
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
    const { host, port, guard, flags = CONTROL_FLAGS } = this.#init;
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
    guard.listensOn(bound);
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
    clearTimeout(timer);
  }

  /** Stops listening and cuts what is still connected. */
  async close(): Promise<void> {
    this.#draining = true;
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    this.#server.closeAllConnections();
    await Promise.all([closed.promise, this.#init.sockets?.close()]);
  }

  /** Whether the request may be served; one that may not has had its answer. */
  #admit(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    if (!this.#track(incoming, outgoing)) return false;
    const { guard } = this.#init;
    const verdict = guard.check(incoming);
    if (guard.allowsForeignOrigins) outgoing.setHeader("vary", "Origin");
    if (!verdict.allowed) {
      this.#refuse(incoming, outgoing, verdict.error);
      return false;
    }
    if (verdict.foreignOrigin !== undefined) {
      allowOrigin(outgoing, verdict.foreignOrigin);
      if (isPreflight(incoming)) {
        answerPreflight(outgoing);
        return false;
      }
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

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    // Nobody reads a body of these; without this the connection would wait for its end.
    const isRead = METHODS_WITH_BODY.has(incoming.method ?? "");
    if (!isRead && hasBody(incoming)) outgoing.shouldKeepAlive = false;
    this.#serve(incoming, outgoing).catch((error: unknown) => {
      this.#init.logger.error("an answer could not be sent", { error });
      outgoing.destroy();
    });
  }

  /** @returns false when the connection has too much under way, and was cut */
  #track(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    const requestId = this.#init.nextRequestId();
    const startedAt = performance.now();
    outgoing.setHeader(REQUEST_ID, requestId);
    const { headers = CONTROL_HEADERS } = this.#init;
    for (const [name, value] of headers) outgoing.setHeader(name, value);
    return this.#connections.begin(incoming, outgoing, () =>
      this.#init.logger.debug("request", {
        request_id: requestId,
        method: incoming.method,
        path: pathOf(incoming),
        status: outgoing.headersSent ? outgoing.statusCode : undefined,
        complete: outgoing.writableFinished,
        ms: Math.round(performance.now() - startedAt),
      }),
    );
  }

  #refuse(incoming: IncomingMessage, outgoing: ServerResponse, error: Error): void {
    if (hasBody(incoming)) outgoing.shouldKeepAlive = false;
    const requestId = String(outgoing.getHeader(REQUEST_ID) ?? "");
    const context = { requestId, url: incoming.url ?? "/", debug: this.#init.debug };
    sendProblem(outgoing, answerFor(error, context));
  }

  /** What fails before there is a request to route: mostly a target that is no URL. */
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

function hasBody({ headers }: IncomingMessage): boolean {
  const { "content-length": length = "0", "transfer-encoding": encoding } = headers;
  return length !== "0" || encoding !== undefined;
}

function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "";
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
