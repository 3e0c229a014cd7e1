import { tmpdir } from "node:os";
import { join } from "node:path";

import { type ContentRepository, type Logger, noopLogger, TaskScope } from "@ipfs-kit/core";

import { type AppComponents, createApp } from "../../src/app.ts";
import { Authenticator } from "../../src/edge/authenticator.ts";
import { ClientAddress } from "../../src/edge/client-address.ts";
import { Gate } from "../../src/edge/gate.ts";
import { Guard, type GuardInit } from "../../src/edge/guard.ts";
import { RateLimiter } from "../../src/edge/rate-limiter.ts";
import { createRequestIds } from "../../src/edge/request-id.ts";
import { Sessions } from "../../src/edge/sessions.ts";
import { Tickets } from "../../src/edge/tickets.ts";
import { TokenStore } from "../../src/edge/token-store.ts";
import { EXAMPLE_CAPABILITIES } from "../../src/openapi/example-capabilities.ts";
import { HttpListener } from "../../src/http-listener.ts";
import { type SocketRoute, SocketRouter } from "../../src/ws/router.ts";
import { fakeRepository } from "./fake-repository.ts";

export interface TestListenerInit
  extends Partial<Omit<AppComponents, "store">>, Partial<GuardInit> {
  store?: Partial<ContentRepository>;
  routes?: ReadonlyMap<string, SocketRoute>;
  heartbeatMs?: number;
  answerStallMs?: number;
  maxPerAddress?: number;
  maxConnections?: number;
}

export interface TestListener extends AsyncDisposable {
  url: string;
  port: number;
  listener: HttpListener;
  tasks: TaskScope;
}

const missing = () => {
  throw new Error("this test has no metadata");
};

/** A real listener on a free port, around the given parts. */
export async function startListener(init: TestListenerInit = {}): Promise<TestListener> {
  const logger: Logger = init.logger ?? noopLogger;
  const tasks = new TaskScope({ name: "test", onFailure: "isolate" });
  const { host = "127.0.0.1", allowHosts = [], allowOrigins = [], debug = false } = init;
  // Nobody has made a token here: everybody is an operator, as on a new server.
  const tokens = new TokenStore({ folder: join(tmpdir(), "ipfs-kit-no-such-folder") });
  const sessions = new Sessions();
  const tickets = new Tickets();
  const gate = new Gate({
    guard: new Guard({ host, allowHosts, allowOrigins }),
    authenticator: new Authenticator({ tokens, sessions, tickets, opensWithoutTokens: true }),
    clients: new ClientAddress([]),
    limiter: new RateLimiter({ perSecond: 0, burst: 0 }),
    limitsOpen: () => false,
  });
  const nextRequestId = createRequestIds();
  const app = createApp({
    tasks,
    logger,
    debug,
    site: new Map(),
    probes: [],
    capabilities: () => EXAMPLE_CAPABILITIES,
    isDraining: () => listener.draining,
    uploadIdleMs: 5_000,
    tokens,
    sessions,
    tickets,
    gate,
    backendName: "embedded",
    caches: { stats: () => [] },
    metadata: {
      counts: missing,
      find: () => undefined,
      get: missing,
      query: missing,
      update: missing,
    },
    ...init,
    store: fakeRepository(init.store),
  });
  const sockets = new SocketRouter({
    gate,
    routes: init.routes ?? new Map(),
    logger,
    nextRequestId,
    heartbeatMs: init.heartbeatMs ?? 25_000,
    closeGraceMs: 500,
    maxPerAddress: init.maxPerAddress ?? 256,
    debug,
  });
  const listener = new HttpListener({
    host,
    port: 0,
    gate,
    app,
    sockets,
    logger,
    nextRequestId,
    debug,
    answerStallMs: init.answerStallMs ?? 30_000,
    ...(init.firstByteMs === undefined ? {} : { firstByteMs: init.firstByteMs }),
    ...(init.maxConnections === undefined ? {} : { maxConnections: init.maxConnections }),
  });
  const url = await listener.listen();
  return {
    url,
    port: Number(new URL(url).port),
    listener,
    tasks,
    [Symbol.asyncDispose]: async () => {
      await listener.close();
      await tasks.stop();
    },
  };
}
