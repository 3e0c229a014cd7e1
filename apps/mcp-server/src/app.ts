import type { ContentRepository, Logger, TaskScope } from "@ipfs-kit/core";
import { NotFoundError } from "@ipfs-kit/core";
import { createKuboRpc, type VerifyBlocks } from "@ipfs-kit/gateway/kubo-rpc";
import { Hono } from "hono";

import type { AppContext, AppEnv } from "./app-env.ts";
import type { Caches } from "./content/caches.ts";
import { answerFor, type ProblemContext } from "./edge/problems.ts";
import { REQUEST_ID } from "./edge/request-id.ts";
import type { MetadataStore } from "./metadata/metadata-store.ts";
import { DASHBOARD_PATH, showDashboard } from "./routes/dashboard.ts";
import { showExists } from "./routes/exists.ts";
import { type HealthProbe, showHealth, showLiveness, showReadiness } from "./routes/health.ts";
import { listMetadata, metadataOfOne } from "./routes/metadata.ts";
import { listPins } from "./routes/pins.ts";
import { addRoute } from "./routes/route.ts";
import { showStats } from "./routes/stats.ts";
import { showVersion } from "./routes/version.ts";
import type { StaticFile } from "./static-files.ts";
import { VERSION } from "./version.ts";

export interface AppComponents {
  store: ContentRepository;
  backendName: string;
  /** Absent when the store cannot read all its blocks again. */
  verifyBlocks?: VerifyBlocks | undefined;
  caches: Pick<Caches, "stats">;
  metadata: Pick<MetadataStore, "counts" | "find" | "get" | "query" | "update">;
  /** Owns the calls of Kubo's API that are in flight. */
  tasks: TaskScope;
  logger: Logger;
  probes: readonly HealthProbe[];
  /** The built dashboard; empty when it is not built. */
  site: ReadonlyMap<string, StaticFile>;
  isDraining: () => boolean;
  uploadIdleMs: number;
  /** Error answers show what went wrong inside. */
  debug: boolean;
}

/**
 * The HTTP API, Kubo's beside it, and the dashboard. Who may talk to it at all was decided before: see
 * the listener.
 */
export function createApp(components: AppComponents): Hono<AppEnv> {
  const { logger, debug, store, tasks, uploadIdleMs, verifyBlocks } = components;
  const app = new Hono<AppEnv>();
  const problemContext = (c: AppContext): ProblemContext => ({
    requestId: String(c.env.outgoing.getHeader(REQUEST_ID) ?? ""),
    url: c.req.path,
    debug,
  });

  addRoute(app, "/api/v0/pins", { GET: listPins(components) });
  addRoute(app, "/api/v0/metadata", { GET: listMetadata(components) });
  addRoute(app, "/api/v0/metadata/:cid", metadataOfOne(components));
  addRoute(app, "/api/v0/exists/:cid", { GET: showExists(components) });
  addRoute(app, "/api/v0/stats", { GET: showStats(components) });
  addRoute(app, "/api/v0/health", { GET: showHealth(components) });
  // POST is Kubo's.
  app.get("/api/v0/version", showVersion);
  const agent = { name: "ipfs-kit", version: VERSION };
  const shared = { store, verifyBlocks, tasks, logger, uploadIdleMs, debug };
  app.route("/api/v0", createKuboRpc({ ...shared, agent }));
  addRoute(app, "/health", { GET: showHealth(components) });
  addRoute(app, "/livez", { GET: showLiveness });
  addRoute(app, "/readyz", { GET: showReadiness(components) });
  addRoute(app, "/", { GET: (c) => c.redirect(DASHBOARD_PATH) });
  addRoute(app, "/dashboard", { GET: (c) => c.redirect(DASHBOARD_PATH) });
  addRoute(app, `${DASHBOARD_PATH}*`, { GET: showDashboard(components) });

  app.notFound((c) => fail(c, new NotFoundError("There is nothing at this path.")));
  app.onError((error, c) => fail(c, error));
  return app;

  function fail(c: AppContext, error: unknown): Response {
    const { status, headers, problem } = answerFor(error, problemContext(c));
    if (status === 500) logger.error("a request failed", { error, request_id: problem.request_id });
    return new Response(JSON.stringify(problem), { status, headers });
  }
}
