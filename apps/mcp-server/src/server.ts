import { fileURLToPath } from "node:url";

import {
  InvalidStateError,
  type Logger,
  noopLogger,
  type Startable,
  stopAll,
  TaskScope,
} from "@ipfs-kit/core";
import type { Ready } from "@ipfs-kit/core/wire";
import {
  createFileRenditionIndex,
  createStreamingManager,
  findTranscoder,
  type StreamingManager,
  type Transcoder,
} from "@ipfs-kit/webrtc-streaming";

import { createApp } from "./app.ts";
import { capabilitiesOf } from "./capabilities.ts";
import type { LivePatch, LiveSettings } from "./config/live-settings.ts";
import { chooseBackend } from "./content/backend.ts";
import { ContentLayer } from "./content/content-layer.ts";
import { clearScratch, openDataFolder } from "./data-folder.ts";
import {
  DASHBOARD_PATH,
  DEFAULT_ANSWER_IDLE_SECONDS,
  DEFAULT_DRAIN_SECONDS,
  DEFAULT_FIRST_BYTE_SECONDS,
  DEFAULT_GATEWAY_HOST,
  DEFAULT_GATEWAY_PORT,
  DEFAULT_HOST,
  DEFAULT_MAX_SESSIONS_PER_ADDRESS,
  DEFAULT_PORT,
  DEFAULT_UPLOAD_IDLE_SECONDS,
  HEARTBEAT_MS,
  MAX_CONNECTIONS,
  MAX_SESSIONS,
  SOCKET_CLOSE_GRACE_MS,
} from "./defaults.ts";
import { Edge } from "./edge/edge.ts";
import { createRequestIds } from "./edge/request-id.ts";
import { createGatewayApp, GATEWAY_HEADERS } from "./gateway-app.ts";
import { HttpListener } from "./http-listener.ts";
import { probesOf } from "./probes.ts";
import { ServerAddress } from "./server-address.ts";
import type { ServerInit } from "./server-init.ts";
import { readSite } from "./static-files.ts";
import { SocketRouter } from "./ws/router.ts";
import { signalingRoutes } from "./ws/signaling-routes.ts";

/** The world outside the server. */
export interface ServerSurroundings {
  /** Gets the ready line, and nothing else. @default nowhere */
  stdout?: { write(text: string): unknown } | undefined;
  /** @default silent */
  logger?: Logger | undefined;
}

/** One server: store, streaming, API and dashboard on one address, content on another. Lives once. */
export interface IpfsKitServer extends Startable, AsyncDisposable, LiveSettings {
  /**
   * Resolves when everything is bound and the ready line is out.
   *
   * @throws ConfigError when others could reach it and nothing would stop them; PortInUseError;
   * IpfsKitError `data_directory`
   */
  start(): Promise<void>;
  /** Lets work in flight finish, up to `drainSeconds`, then lets go of everything. */
  stop(): Promise<void>;
  /** Where it is reached, e.g. `http://127.0.0.1:8000`. @throws InvalidStateError before `start()` */
  readonly url: string;
  /** Where content is, e.g. `http://127.0.0.1:8080`; absent when there is no gateway. */
  readonly gatewayUrl: string | undefined;
  /** Whether requests need a token: as soon as there is one. @throws InvalidStateError before `start()` */
  readonly needsToken: boolean;
  /**
   * Where to open the dashboard, signed in as `admin`: with a code that works once, within five
   * minutes. It stands behind the `#`, which browsers send nowhere.
   *
   * @throws InvalidStateError before `start()`; IpfsKitError `data_directory`
   */
  createLoginLink(): Promise<string>;
}

/** The parts behind the listeners. */
interface Features {
  /** The data folder. */
  folder: string;
  edge: Edge;
  content: ContentLayer;
  manager: StreamingManager;
  transcoder: Transcoder | undefined;
}

/**
 * Puts a server together from what it is told.
 *
 * @throws ConfigError for a combination that cannot be.
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
  #edge: Edge | undefined;
  /** What was changed before there was an edge. */
  readonly #early: LivePatch[] = [];

  constructor(init: ServerInit, { stdout, logger = noopLogger }: ServerSurroundings) {
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

  get needsToken(): boolean {
    return this.#opened().tokens.isNeeded;
  }

  async createLoginLink(): Promise<string> {
    const code = await this.#opened().tokens.createLogin();
    return `${this.url}${DASHBOARD_PATH}#login=${code}`;
  }

  apply(patch: LivePatch): void {
    if (this.#edge === undefined) this.#early.push(patch);
    else this.#edge.apply(patch);
  }

  #opened(): Edge {
    if (this.#edge === undefined) throw new InvalidStateError("The server is not started.");
    return this.#edge;
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
      await this.#started(
        new ServerAddress({ folder: features.folder, url, logger: this.#logger }),
      );
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
    const { persistencePath, isolation = false, maxSessions = MAX_SESSIONS } = this.#init;
    const logger = this.#logger;
    const folder = await openDataFolder({ path: persistencePath, temporary: isolation });
    this.#parts.push({ start: async () => {}, stop: async () => folder.dispose() });
    const edge = await this.#started(
      new Edge(this.#init, {
        folder: folder.path,
        logger: logger.child({ component: "edge" }),
      }),
    );
    this.#edge = edge;
    for (const patch of this.#early.splice(0)) edge.apply(patch);
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
        maxSessions,
        logger: logger.child({ component: "webrtc" }),
      }),
    );
    return { folder: folder.path, edge, content, manager, transcoder };
  }

  /** @returns the address of the control listener */
  async #openEdge({ edge, content, manager, transcoder }: Features): Promise<string> {
    const { host = DEFAULT_HOST, port = DEFAULT_PORT, debug = false } = this.#init;
    const {
      drainSeconds = DEFAULT_DRAIN_SECONDS,
      uploadIdleSeconds = DEFAULT_UPLOAD_IDLE_SECONDS,
      maxSessionsPerAddress = DEFAULT_MAX_SESSIONS_PER_ADDRESS,
      jsonBodyBytes,
    } = this.#init;
    const logger = this.#logger.child({ component: "http" });
    const nextRequestId = createRequestIds();
    const site = await readSite(dashboardFolder());
    const tasks = new TaskScope({ name: "http", onFailure: "isolate" });
    const app = createApp({
      store: content.repository,
      backendName: content.backend.name,
      verifyBlocks: content.backend.verifyBlocks,
      tokens: edge.tokens,
      sessions: edge.sessions,
      tickets: edge.tickets,
      gate: edge.control,
      capabilities: () =>
        capabilitiesOf({
          init: { ...this.#init, rateLimit: edge.rateLimit },
          backend: content.backend,
          transcoder,
          gatewayUrl: this.#gatewayUrl,
          needsToken: edge.tokens.isNeeded,
        }),
      caches: content.caches,
      metadata: content.metadata,
      tasks,
      logger,
      site,
      debug,
      uploadIdleMs: uploadIdleSeconds * 1000,
      maxJsonBytes: jsonBodyBytes,
      firstByteMs: this.#limits().firstByteMs,
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
      gate: edge.control,
      routes: signalingRoutes({
        manager,
        maxSessionsPerAddress,
        logger: this.#logger.child({ component: "signaling" }),
      }),
      logger,
      nextRequestId,
      heartbeatMs: HEARTBEAT_MS,
      closeGraceMs: SOCKET_CLOSE_GRACE_MS,
      debug,
    });
    const listener = new HttpListener({
      ...this.#limits(),
      host,
      port,
      gate: edge.control,
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
      const gateway = this.#createGateway(edge, content, nextRequestId);
      this.#gatewayUrl = await gateway.listen();
      listeners.push(gateway);
    }
    return url;
  }

  #createGateway(edge: Edge, content: ContentLayer, nextRequestId: () => string): HttpListener {
    const { debug = false, port: controlPort } = this.#init;
    const {
      gatewayHost: host = DEFAULT_GATEWAY_HOST,
      // Who asks for any free port wants several servers on one machine.
      gatewayPort: port = controlPort === 0 ? 0 : DEFAULT_GATEWAY_PORT,
    } = this.#init;
    const logger = this.#logger.child({ component: "gateway" });
    const { firstByteMs, ...limits } = this.#limits();
    return new HttpListener({
      ...limits,
      host,
      port,
      flags: { host: "--gateway-host", port: "--gateway-port" },
      gate: edge.gateway,
      app: createGatewayApp({ store: content.repository, logger, firstByteMs, debug }),
      headers: GATEWAY_HEADERS,
      logger,
      nextRequestId,
      debug,
    });
  }

  #limits() {
    const {
      answerIdleSeconds = DEFAULT_ANSWER_IDLE_SECONDS,
      firstByteSeconds = DEFAULT_FIRST_BYTE_SECONDS,
      maxConnections = MAX_CONNECTIONS,
    } = this.#init;
    return {
      answerStallMs: answerIdleSeconds * 1000,
      firstByteMs: firstByteSeconds * 1000,
      maxConnections,
    };
  }

  async #started<Part extends Startable>(part: Part): Promise<Part> {
    await part.start();
    this.#parts.push(part);
    return part;
  }
}

/** Where the dashboard package keeps what it built; it may not be there yet. */
function dashboardFolder(): string {
  return fileURLToPath(new URL(".", import.meta.resolve("@ipfs-kit/dashboard/index.html")));
}
