import { fileURLToPath } from "node:url";

import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
import {
  type ContentStore,
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
import { clearScratch, openDataFolder } from "./data-folder.ts";
import {
  DEFAULT_DRAIN_SECONDS,
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
import { HttpListener } from "./http-listener.ts";
import { probesOf } from "./probes.ts";
import { DASHBOARD_PATH } from "./routes/dashboard.ts";
import type { ServerInit } from "./server-init.ts";
import { readSite } from "./static-files.ts";
import { WriteRecord } from "./write-record.ts";
import { type SocketRoute, SocketRouter } from "./ws/router.ts";

/** The world outside the server. */
export interface ServerSurroundings {
  /** Gets the ready line, and nothing else. @default nowhere */
  stdout?: { write(text: string): unknown } | undefined;
  /** @default silent */
  logger?: Logger | undefined;
}

/** One server: store, streaming, API and dashboard on one address. Lives once. */
export interface IpfsKitServer extends Startable, AsyncDisposable {
  /** Resolves when everything is bound and the ready line is out. */
  start(): Promise<void>;
  /** Lets work in flight finish, up to `drainSeconds`, then lets go of everything. */
  stop(): Promise<void>;
  /** Where it is reached, e.g. `http://127.0.0.1:8000`. @throws InvalidStateError before `start()` */
  readonly url: string;
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

  constructor(init: ServerInit, { stdout, logger = noopLogger }: ServerSurroundings) {
    const { host = DEFAULT_HOST, insecureNoAuth = false } = init;
    if (!isLoopback(host) && !insecureNoAuth) {
      throw new ConfigError(
        `--host ${host} can be reached by other machines and there is no sign-in yet (tokens come in a later version): use ${DEFAULT_HOST}, or add --insecure-no-auth if everyone there may do everything.`,
      );
    }
    this.#init = init;
    this.#stdout = stdout;
    this.#logger = logger;
  }

  get url(): string {
    if (this.#url === undefined) throw new InvalidStateError("The server is not started.");
    return this.#url;
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
      const { store, manager, transcoder } = await this.#openFeatures();
      const url = await this.#openEdge(store, manager, transcoder);
      this.#url = url;
      const ready: Ready = {
        event: "ready",
        pid: process.pid,
        http: url,
        dashboard: url + DASHBOARD_PATH,
        content_backend: "embedded",
      };
      this.#stdout?.write(`${JSON.stringify(ready)}\n`);
      this.#logger.info("ready", { url });
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

  async #openFeatures(): Promise<{
    store: ContentStore;
    manager: StreamingManager;
    transcoder: Transcoder | undefined;
  }> {
    const { persistencePath, isolation = false, storageMaxBytes = 0 } = this.#init;
    const logger = this.#logger;
    const folder = await openDataFolder({ path: persistencePath, temporary: isolation });
    this.#parts.push({ start: async () => {}, stop: async () => folder.dispose() });
    const store = await this.#started(
      createEmbeddedStore({
        directory: folder.content,
        storageMaxBytes: storageMaxBytes === 0 ? Infinity : storageMaxBytes,
        logger: logger.child({ component: "content" }),
      }),
    );
    await clearScratch(folder);
    const transcoder = await findTranscoder({
      scratchDirectory: folder.scratch,
      logger: logger.child({ component: "transcoder" }),
    });
    const manager = await this.#started(
      createStreamingManager({
        store,
        transcoder,
        renditions: createFileRenditionIndex(folder.renditions),
        maxSessions: MAX_SESSIONS,
        logger: logger.child({ component: "webrtc" }),
      }),
    );
    return { store, manager, transcoder };
  }

  /** @returns the address that was bound */
  async #openEdge(
    store: ContentStore,
    manager: StreamingManager,
    transcoder: Transcoder | undefined,
  ): Promise<string> {
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
    const writes = new WriteRecord(store);
    const app = createApp({
      store: writes,
      tasks,
      logger,
      site,
      debug,
      uploadIdleMs: uploadIdleSeconds * 1000,
      isDraining: () => listener.draining,
      probes: probesOf({
        store: writes,
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
    this.#parts.push({
      start: async () => {},
      stop: async () => {
        await listener.drain(drainSeconds * 1000);
        await listener.close();
        await tasks.stop();
      },
    });
    return url;
  }

  async #started<Part extends Startable>(part: Part): Promise<Part> {
    await part.start();
    this.#parts.push(part);
    return part;
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
