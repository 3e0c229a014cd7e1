import { type ContentRepository, type Logger, noopLogger, TaskScope } from "@ipfs-kit/core";

import { type AppComponents, createApp } from "../../src/app.ts";
import { Guard, type GuardInit } from "../../src/edge/guard.ts";
import { createRequestIds } from "../../src/edge/request-id.ts";
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
  const guard = new Guard({ host, allowHosts, allowOrigins });
  const nextRequestId = createRequestIds();
  const app = createApp({
    tasks,
    logger,
    debug,
    site: new Map(),
    probes: [],
    isDraining: () => listener.draining,
    uploadIdleMs: 5_000,
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
    guard,
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
    guard,
    app,
    sockets,
    logger,
    nextRequestId,
    debug,
    answerStallMs: init.answerStallMs ?? 30_000,
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
