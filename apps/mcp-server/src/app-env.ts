import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

import type { Principal } from "./edge/access.ts";

/** The Hono environment of every route: the Node request and response lie underneath. */
export interface AppEnv {
  Bindings: HttpBindings & {
    /** Set by the edge before a route is looked for; absent for a stranger. */
    principal?: Principal;
  };
}

export type AppContext = Context<AppEnv>;
