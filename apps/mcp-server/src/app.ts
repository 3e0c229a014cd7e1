import type { ContentRepository, Logger, TaskScope } from "@ipfs-kit/core";
import { NotFoundError } from "@ipfs-kit/core";
import { createKuboRpc, type VerifyBlocks } from "@ipfs-kit/gateway/kubo-rpc";
import type { Capabilities } from "@ipfs-kit/core/wire";
import { Hono } from "hono";

import type { AppContext, AppEnv } from "./app-env.ts";
import type { Caches } from "./content/caches.ts";
import { DASHBOARD_PATH, DEFAULT_JSON_BODY_BYTES } from "./defaults.ts";
import { assertAccess } from "./edge/access.ts";
import type { Gate } from "./edge/gate.ts";
import { assertKuboAccess } from "./edge/kubo-access.ts";
import { answerFor, type ProblemContext } from "./edge/problems.ts";
import { REQUEST_ID } from "./edge/request-id.ts";
import type { Sessions } from "./edge/sessions.ts";
import type { Tickets } from "./edge/tickets.ts";
import type { TokenStore } from "./edge/token-store.ts";
import type { MetadataStore } from "./metadata/metadata-store.ts";
import { once } from "./once.ts";
import { referenceSite } from "./reference/reference-site.ts";
import { addPage } from "./routes/add-page.ts";
import { addRoutes } from "./routes/add-routes.ts";
import { createApi } from "./routes/api-routes.ts";
import { showDashboard } from "./routes/dashboard.ts";
import { describeSockets } from "./routes/descriptions.ts";
import type { HealthProbe } from "./routes/health.ts";
import { REFERENCE_PATH, showReference } from "./routes/reference.ts";
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
  /** What the server can do now. */
  capabilities: () => Capabilities;
  /** Who may use the server. */
  tokens: TokenStore;
  sessions: Sessions;
  tickets: Tickets;
  gate: Pick<Gate, "countFailure">;
  /** The built dashboard; empty when it is not built. */
  site: ReadonlyMap<string, StaticFile>;
  isDraining: () => boolean;
  uploadIdleMs: number;
  /** How long a call of Kubo's API may take to its first byte. @default 60 000 */
  firstByteMs?: number | undefined;
  /** Bytes of a JSON body at most. @default 1 MiB */
  maxJsonBytes?: number | undefined;
  /** Error answers show what went wrong inside. */
  debug: boolean;
}

/**
 * The HTTP API, Kubo's beside it, and the dashboard. Who may talk to it at all was decided before: see
 * the listener.
 */
export function createApp(components: AppComponents): Hono<AppEnv> {
  const { logger, debug, store, tasks, uploadIdleMs, firstByteMs, verifyBlocks } = components;
  const app = new Hono<AppEnv>();
  const problemContext = (c: AppContext): ProblemContext => ({
    requestId: String(c.env.outgoing.getHeader(REQUEST_ID) ?? ""),
    url: c.req.path,
    debug,
  });

  const { routes, openApi } = createApi(components);
  addRoutes(app, routes, {
    maxJsonBytes: components.maxJsonBytes ?? DEFAULT_JSON_BODY_BYTES,
    others: new Map([["/api/v0/version", ["POST"]]]),
  });
  const agent = { name: "ipfs-kit", version: VERSION };
  const shared = { store, verifyBlocks, tasks, logger, uploadIdleMs, firstByteMs, debug };
  const rpc = { agent, authorize: assertKuboAccess, onlyPost: ["version"] };
  app.route("/api/v0", createKuboRpc({ ...shared, ...rpc }));
  addPage(app, "/", (c) => c.redirect(DASHBOARD_PATH));
  addPage(app, "/dashboard", (c) => c.redirect(DASHBOARD_PATH));
  addPage(app, `${DASHBOARD_PATH}*`, showDashboard(components));
  const reference = once(() => referenceSite(openApi(), describeSockets()));
  addPage(app, "/reference", (c) => c.redirect(REFERENCE_PATH));
  addPage(app, `${REFERENCE_PATH}*`, showReference(reference));

  app.notFound((c) => {
    try {
      // Strangers are not told what there is.
      assertAccess(c.env.principal, "viewer");
    } catch (error) {
      return fail(c, error);
    }
    return fail(c, new NotFoundError("There is nothing at this path."));
  });
  app.onError((error, c) => fail(c, error));
  return app;

  function fail(c: AppContext, error: unknown): Response {
    const { status, headers, problem } = answerFor(error, problemContext(c));
    if (status === 500) logger.error("a request failed", { error, request_id: problem.request_id });
    return new Response(JSON.stringify(problem), { status, headers });
  }
}
