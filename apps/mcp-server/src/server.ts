import { fileURLToPath } from "node:url";

import {
  InvalidStateError,
  type Logger,
  noopLogger,
  type Startable,
  stopAll,
  TaskScope,
} from "@ipfs-kit/core";
import { MAX_SIGNALING_MESSAGE_BYTES, type Ready } from "@ipfs-kit/core/wire";
import {
  connectSignaling,
  createFileRenditionIndex,
  createStreamingManager,
  findTranscoder,
  type StreamingManager,
  type Transcoder,
} from "@ipfs-kit/webrtc-streaming";

import { createApp } from "./app.ts";
import { chooseBackend } from "./content/backend.ts";
import { ContentLayer } from "./content/content-layer.ts";
import { clearScratch, openDataFolder } from "./data-folder.ts";
import {
  DEFAULT_DRAIN_SECONDS,
  DEFAULT_GATEWAY_HOST,
  DEFAULT_GATEWAY_PORT,
  DEFAULT_HOST,
  DEFAULT_PORT,
  DEFAULT_UPLOAD_IDLE_SECONDS,
  HEARTBEAT_MS,
  MAX_SESSIONS,
  SOCKET_CLOSE_GRACE_MS,
} from "./defaults.ts";
import { Guard } from "./edge/guard.ts";
import { isLoopback } from "./edge/names.ts";
import { createRequestIds } from "./edge/request-id.ts";
import { ConfigError } from "./errors.ts";
import { createGatewayApp, GATEWAY_HEADERS } from "./gateway-app.ts";
import { HttpListener } from "./http-listener.ts";
import { probesOf } from "./probes.ts";
import { DASHBOARD_PATH } from "./routes/dashboard.ts";
import type { ServerInit } from "./server-init.ts";
import { readSite } from "./static-files.ts";
import { type SocketRoute, SocketRouter } from "./ws/router.ts";

/** The world outside the server. */
export interface ServerSurroundings {
  /** Gets the ready line, and nothing else. @default nowhere */
  stdout?: { write(text: string): unknown } | undefined;
  /** @default silent */
  logger?: Logger | undefined;
}

/** One server: store, streaming, API and dashboard on one address, content on another. Lives once. */
export interface IpfsKitServer extends Startable, AsyncDisposable {
  /** Resolves when everything is bound and the ready line is out. */
  start(): Promise<void>;
  /** Lets work in flight finish, up to `drainSeconds`, then lets go of everything. */
  stop(): Promise<void>;
  /** Where it is reached, e.g. `http://127.0.0.1:8000`. @throws InvalidStateError before `start()` */
  readonly url: string;
  /** Where content is, e.g. `http://127.0.0.1:8080`; absent when there is no gateway. */
  readonly gatewayUrl: string | undefined;
}

/** The parts behind the listeners. */
interface Features {
  content: ContentLayer;
  manager: StreamingManager;
  transcoder: Transcoder | undefined;
}

/**
 * Puts a server together from what it is told.
 *
 * @throws ConfigError when others could reach it and nothing would stop them.
 * @example
 * await using server = createServer({ port: 0, isolation: true });
 * await server.start();
 * console.log(await (await fetch(`${server.url}/api/v0/version`)).json());
 */
export function createServer(
  init: ServerInit = {},
  surroundings: ServerSurroundings = {},
): IpfsKitServer {
  return new ComposedServer(init, surroundings);
}

/** Where the signaling protocol is spoken; the later two are names of older clients. */
const SIGNALING_PATHS = ["/ws/webrtc", "/webrtc", "/webrtc/ws"];

class ComposedServer implements IpfsKitServer {
  readonly #init: ServerInit;
  readonly #stdout: ServerSurroundings["stdout"];
  readonly #logger: Logger;
  /** What `stop()` lets go of, last first. */
  readonly #parts: Startable[] = [];
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #url: string | undefined;
  #gatewayUrl: string | undefined;

  constructor(init: ServerInit, { stdout, logger = noopLogger }: ServerSurroundings) {
    checkReach(init);
    // What cannot be is said before anything is opened.
    chooseBackend(init);
    this.#init = init;
    this.#stdout = stdout;
    this.#logger = logger;
  }

  get url(): string {
    if (this.#url === undefined) throw new InvalidStateError("The server is not started.");
    return this.#url;
  }

  get gatewayUrl(): string | undefined {
    return this.#gatewayUrl;
  }

  async start(): Promise<void> {
    if (this.#stopping !== undefined) throw new InvalidStateError("The server was stopped.");
    this.#starting ??= this.#open();
    await this.#starting;
  }

  async stop(): Promise<void> {
    this.#stopping ??= this.#close();
    await this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #open(): Promise<void> {
    try {
      const features = await this.#openFeatures();
      const url = await this.#openEdge(features);
      const gateway = this.#gatewayUrl;
      this.#url = url;
      const ready: Ready = {
        event: "ready",
        pid: process.pid,
        http: url,
        ...(gateway === undefined ? {} : { gateway }),
        dashboard: url + DASHBOARD_PATH,
        content_backend: features.content.backend.name,
      };
      this.#stdout?.write(`${JSON.stringify(ready)}\n`);
      this.#logger.info("ready", { url, gateway });
    } catch (error) {
      await stopAll(this.#parts.splice(0)).catch((cause: unknown) =>
        this.#logger.error("tidying up after a failed start failed", { error: cause }),
      );
      throw error;
    }
  }

  async #close(): Promise<void> {
    if (this.#starting === undefined) return;
    // A failed start has already let go of everything, and told whoever started.
    await this.#starting.catch(() => {});
    this.#logger.info("stopping");
    await stopAll(this.#parts.splice(0));
    this.#logger.info("stopped");
  }

  async #openFeatures(): Promise<Features> {
    const { persistencePath, isolation = false } = this.#init;
    const logger = this.#logger;
    const folder = await openDataFolder({ path: persistencePath, temporary: isolation });
    this.#parts.push({ start: async () => {}, stop: async () => folder.dispose() });
    const content = await this.#started(new ContentLayer({ init: this.#init, folder, logger }));
    await clearScratch(folder);
    const transcoder = await findTranscoder({
      scratchDirectory: folder.scratch,
      logger: logger.child({ component: "transcoder" }),
    });
    const manager = await this.#started(
      createStreamingManager({
        store: content.repository,
        transcoder,
        renditions: createFileRenditionIndex(folder.renditions),
        maxSessions: MAX_SESSIONS,
        logger: logger.child({ component: "webrtc" }),
      }),
    );
    return { content, manager, transcoder };
  }

  /** @returns the address of the control listener */
  async #openEdge({ content, manager, transcoder }: Features): Promise<string> {
    const { host = DEFAULT_HOST, port = DEFAULT_PORT, debug = false } = this.#init;
    const { allowHosts = [], allowOrigins = [] } = this.#init;
    const {
      drainSeconds = DEFAULT_DRAIN_SECONDS,
      uploadIdleSeconds = DEFAULT_UPLOAD_IDLE_SECONDS,
    } = this.#init;
    const logger = this.#logger.child({ component: "http" });
    const nextRequestId = createRequestIds();
    const guard = new Guard({ host, allowHosts, allowOrigins });
    const site = await readSite(dashboardFolder());
    const tasks = new TaskScope({ name: "http", onFailure: "isolate" });
    const app = createApp({
      store: content.repository,
      backendName: content.backend.name,
      verifyBlocks: content.backend.verifyBlocks,
      caches: content.caches,
      metadata: content.metadata,
      tasks,
      logger,
      site,
      debug,
      uploadIdleMs: uploadIdleSeconds * 1000,
      isDraining: () => listener.draining,
      probes: probesOf({
        backend: content.backend,
        writes: content.writes,
        caches: content.caches,
        gatewayUrl: () => this.#gatewayUrl,
        manager,
        transcoder,
        dashboardBuilt: site.has("index.html"),
      }),
    });
    const sockets = new SocketRouter({
      guard,
      routes: signalingRoutes(manager, this.#logger.child({ component: "signaling" })),
      logger,
      nextRequestId,
      heartbeatMs: HEARTBEAT_MS,
      closeGraceMs: SOCKET_CLOSE_GRACE_MS,
      debug,
    });
    const listener = new HttpListener({
      host,
      port,
      guard,
      app,
      sockets,
      logger,
      nextRequestId,
      debug,
    });
    const url = await listener.listen();
    // From here on it is bound, and must not stay so when the gateway cannot be.
    const listeners = [listener];
    this.#parts.push({
      start: async () => {},
      stop: async () => {
        await Promise.all(listeners.map(async (each) => each.drain(drainSeconds * 1000)));
        await Promise.all(listeners.map(async (each) => each.close()));
        await tasks.stop();
      },
    });
    if (this.#init.gateway ?? true) {
      const gateway = this.#createGateway(content, nextRequestId);
      this.#gatewayUrl = await gateway.listen();
      listeners.push(gateway);
    }
    return url;
  }

  #createGateway(content: ContentLayer, nextRequestId: () => string): HttpListener {
    const { debug = false, allowHosts = [], port: controlPort } = this.#init;
    const {
      gatewayHost: host = DEFAULT_GATEWAY_HOST,
      // Who asks for any free port wants several servers on one machine.
      gatewayPort: port = controlPort === 0 ? 0 : DEFAULT_GATEWAY_PORT,
    } = this.#init;
    const logger = this.#logger.child({ component: "gateway" });
    return new HttpListener({
      host,
      port,
      flags: { host: "--gateway-host", port: "--gateway-port" },
      guard: new Guard({ host, allowHosts, allowOrigins: [], publicReads: true }),
      app: createGatewayApp({ store: content.repository, logger, debug }),
      headers: GATEWAY_HEADERS,
      logger,
      nextRequestId,
      debug,
    });
  }

  async #started<Part extends Startable>(part: Part): Promise<Part> {
    await part.start();
    this.#parts.push(part);
    return part;
  }
}

/** @throws ConfigError when others could reach a listener and nothing would stop them */
function checkReach({ insecureNoAuth = false, gateway = true, ...init }: ServerInit): void {
  if (insecureNoAuth) return;
  const { host = DEFAULT_HOST, gatewayHost = DEFAULT_GATEWAY_HOST } = init;
  if (!isLoopback(host)) {
    throw new ConfigError(
      `--host ${host} can be reached by other machines and there is no sign-in yet (tokens come in a later version): use ${DEFAULT_HOST}, or add --insecure-no-auth if everyone there may do everything.`,
    );
  }
  if (gateway && !isLoopback(gatewayHost)) {
    throw new ConfigError(
      `--gateway-host ${gatewayHost} can be reached by other machines and there is no sign-in yet: use ${DEFAULT_GATEWAY_HOST}, or add --insecure-no-auth if everyone there may read everything.`,
    );
  }
}

function signalingRoutes(
  manager: StreamingManager,
  logger: Logger,
): ReadonlyMap<string, SocketRoute> {
  const route: SocketRoute = {
    maxMessageBytes: MAX_SIGNALING_MESSAGE_BYTES,
    connect: (socket) => connectSignaling({ manager, socket, logger }),
  };
  return new Map(SIGNALING_PATHS.map((path) => [path, route]));
}

/** Where the dashboard package keeps what it built; it may not be there yet. */
function dashboardFolder(): string {
  return fileURLToPath(new URL(".", import.meta.resolve("@ipfs-kit/dashboard/index.html")));
}
