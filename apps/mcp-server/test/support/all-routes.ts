import { EXAMPLE_CAPABILITIES } from "../../src/openapi/example-capabilities.ts";
import { createApi } from "../../src/routes/api-routes.ts";
import type { Route } from "../../src/routes/route.ts";

const never = () => {
  throw new Error("Routes are only looked at here.");
};

/** Every route of the REST API, to be looked at. */
export function allRoutes(): readonly Route[] {
  return createApi({
    store: { listPins: never, stats: never, blocks: { has: never } },
    backendName: "embedded",
    caches: { stats: never },
    metadata: { counts: never, find: never, get: never, query: never, update: never },
    capabilities: () => EXAMPLE_CAPABILITIES,
    probes: [],
    isDraining: () => false,
    tokens: {
      create: never,
      list: never,
      revoke: never,
      find: never,
      isNeeded: false,
      takeLogin: never,
    },
    sessions: { signIn: never, signInByCode: never, signOut: never },
    tickets: { issue: never },
    gate: { countFailure: never },
  }).routes;
}
