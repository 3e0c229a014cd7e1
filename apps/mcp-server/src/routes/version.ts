import { type Version, versionSchema } from "@ipfs-kit/core/wire";

import { RUNTIME, VERSION } from "../version.ts";
import { defineRoute, type Route } from "./route.ts";

const BODY: Version = { Version: VERSION, version: VERSION, runtime: RUNTIME };

/** `GET /api/v0/version`; POST is Kubo's. */
export function versionRoute(): Route {
  return defineRoute({
    method: "GET",
    path: "/api/v0/version",
    operationId: "getVersion",
    tag: "server",
    summary: "Which version this is",
    responses: {
      200: {
        description: "The version of the server, and what it runs on.",
        schema: versionSchema,
        example: { Version: "1.0.0", version: "1.0.0", runtime: "node 24.21.0" },
      },
    },
    handler: () => ({ status: 200, body: BODY }),
  });
}
