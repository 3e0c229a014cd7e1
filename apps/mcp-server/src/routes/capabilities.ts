import { type Capabilities, capabilitiesSchema } from "@ipfs-kit/core/wire";

import { EXAMPLE_CAPABILITIES } from "../openapi/example-capabilities.ts";
import { defineRoute, type Route } from "./route.ts";

export interface CapabilitiesComponents {
  /** What the server can do now. */
  capabilities: () => Capabilities;
}

/** `GET /api/v0/capabilities`. */
export function capabilitiesRoute({ capabilities }: CapabilitiesComponents): Route {
  return defineRoute({
    method: "GET",
    path: "/api/v0/capabilities",
    operationId: "getCapabilities",
    tag: "server",
    summary: "What this server can do, and its limits",
    description:
      "Found out when it started, not declared: the transcoder was tried, the listeners are bound.",
    responses: {
      200: {
        description: "Its parts, and the limits in force.",
        schema: capabilitiesSchema,
        example: EXAMPLE_CAPABILITIES,
      },
    },
    handler: () => ({ status: 200, body: capabilities() }),
  });
}
