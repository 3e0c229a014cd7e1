import type { HttpBindings } from "@hono/node-server";
import { type Blocks, type Logger, NotFoundError } from "@ipfs-kit/core";
import { createGateway } from "@ipfs-kit/gateway";
import { type Context, Hono } from "hono";

import { answerFor } from "./edge/problems.ts";
import { REQUEST_ID } from "./edge/request-id.ts";

interface GatewayEnv {
  Bindings: HttpBindings;
}

export interface GatewayAppInit {
  blocks: Pick<Blocks, "get" | "has">;
  logger: Logger;
  debug: boolean;
}

/** In every answer: content is public by its CID, whoever asks. */
export const GATEWAY_HEADERS = [
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-resource-policy", "cross-origin"],
] as const;

/** The gateway and nothing else: what it serves may be a page of a stranger. */
export function createGatewayApp({ blocks, logger, debug }: GatewayAppInit): Hono<GatewayEnv> {
  const app = new Hono<GatewayEnv>();
  app.route("/", createGateway({ blocks, logger }));
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
