import type { HttpBindings } from "@hono/node-server";
import { type ContentRepository, type Logger, NotFoundError } from "@ipfs-kit/core";
import { createGateway } from "@ipfs-kit/gateway";
import { type Context, Hono } from "hono";

import type { EdgeHeaders } from "./edge/edge-response.ts";
import { answerFor } from "./edge/problems.ts";
import { REQUEST_ID } from "./edge/request-id.ts";

interface GatewayEnv {
  Bindings: HttpBindings;
}

export interface GatewayAppInit {
  /** What it serves. Its reads are told by the store, and kept safe from garbage collection. */
  store: Pick<ContentRepository, "blocks" | "read" | "keepWhileRead">;
  logger: Logger;
  /** How long an answer may take to begin. */
  firstByteMs: number;
  debug: boolean;
}

/** In every answer: content is public by its CID, whoever asks. */
export const GATEWAY_HEADERS: EdgeHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "cross-origin",
};

const WELCOME = `This is the gateway of IPFS Kit: content is at /ipfs/<cid>, e.g. /ipfs/bafkqabtimvwgy3yk.
The API and the dashboard have an address of their own.
`;
const ICON_HEADERS = { "cache-control": "public, max-age=86400" };
const WELCOME_HEADERS = {
  "content-type": "text/plain; charset=utf-8",
  "cache-control": "no-cache",
  "content-security-policy": "default-src 'none'",
};

/** The gateway and nothing else: what it serves may be a page of a stranger. */
export function createGatewayApp({
  store,
  logger,
  firstByteMs,
  debug,
}: GatewayAppInit): Hono<GatewayEnv> {
  const app = new Hono<GatewayEnv>();
  app.route(
    "/",
    createGateway({ blocks: store.blocks, store, logger, firstByteTimeoutMs: firstByteMs }),
  );
  // Browsers ask for it beside every page, and show in their console what they do not get.
  app.get("/favicon.ico", () => new Response(null, { status: 204, headers: ICON_HEADERS }));
  app.get("/", () => new Response(WELCOME, { headers: WELCOME_HEADERS }));
  app.notFound((c) => fail(c, new NotFoundError("Content is under /ipfs/ and its CID here.")));
  app.onError((error, c) => fail(c, error));
  return app;

  function fail(c: Context<GatewayEnv>, error: unknown): Response {
    const requestId = String(c.env.outgoing.getHeader(REQUEST_ID) ?? "");
    const { status, headers, problem } = answerFor(error, { requestId, url: c.req.path, debug });
    if (status === 500) logger.error("a request failed", { error, request_id: requestId });
    return new Response(JSON.stringify(problem), { status, headers });
  }
}
