import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";

import { getRequestListener } from "@hono/node-server";
import { type ContentRepository, type Logger, noopLogger, TaskScope } from "@ipfs-kit/core";
import { createKuboRpc, type KuboRpcEnv, type KuboRpcInit } from "@ipfs-kit/gateway/kubo-rpc";
import { Hono } from "hono";

export interface RpcServerInit extends Partial<Omit<KuboRpcInit, "store">> {
  /** Only what the test needs of it. */
  store: Partial<ContentRepository>;
  /** What stands before the RPC. */
  before?: (outgoing: ServerResponse, next: () => Promise<void>) => Promise<void>;
}

export interface RpcServer extends AsyncDisposable {
  url: string;
  port: number;
  tasks: TaskScope;
  /** Cuts every connection, as a server does at the end of its grace. */
  cut(): void;
}

/** Shows what no test expects. */
const loud: Logger = {
  ...noopLogger,
  error: (message, fields) => console.error(message, fields),
};

/** The RPC on a free port of a real HTTP server. */
export async function startRpc({ store, before, ...init }: RpcServerInit): Promise<RpcServer> {
  const tasks = new TaskScope({ name: "test", onFailure: "isolate" });
  const app = new Hono<KuboRpcEnv>();
  app.use(async (c, next) => {
    await (before === undefined ? next() : before(c.env.outgoing, next));
  });
  app.route(
    "/api/v0",
    createKuboRpc({ tasks, logger: loud, uploadIdleMs: 5_000, ...init, store: whole(store) }),
  );
  app.get("/livez", (c) => c.json({ status: "ok" }));
  const listen = getRequestListener((request, env) => app.fetch(request, env));
  const server = createServer({ requestTimeout: 0 }, (incoming, outgoing) => {
    void listen(incoming, outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    tasks,
    cut: () => server.closeAllConnections(),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      await tasks.stop();
    },
  };
}

async function missing(): Promise<never> {
  throw new Error("this test has no such store");
}

// oxlint-disable-next-line require-yield -- only fails
async function* missingItems(): AsyncGenerator<never, void> {
  await missing();
}

/** Fails whatever the test did not say it needs. */
function whole(store: Partial<ContentRepository>): ContentRepository {
  return {
    add: async (...args) => (store.add ?? missing).apply(store, args),
    addTree: (...args) => (store.addTree ?? missingItems).apply(store, args),
    blocks: store.blocks ?? { get: missing, has: missing, put: missing, delete: missing },
    collectGarbage: (...args) => (store.collectGarbage ?? missingItems).apply(store, args),
    events: store.events ?? { on: () => () => {} },
    findPin: async (...args) => (store.findPin ?? missing).apply(store, args),
    ...(store.keepWhileRead && { keepWhileRead: store.keepWhileRead.bind(store) }),
    importCar: async (...args) => (store.importCar ?? missing).apply(store, args),
    listPins: async (...args) => (store.listPins ?? missing).apply(store, args),
    pin: async (...args) => (store.pin ?? missing).apply(store, args),
    read: (...args) => (store.read ?? missingItems).apply(store, args),
    stat: async (...args) => (store.stat ?? missing).apply(store, args),
    stats: async (...args) => (store.stats ?? missing).apply(store, args),
    unpin: async (...args) => (store.unpin ?? missing).apply(store, args),
  };
}
