import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

import type { Caller } from "./edge/access.ts";

/** The Hono environment of every route: the Node request and response lie underneath. */
export interface AppEnv {
  Bindings: HttpBindings & {
    /** Found out by the edge before a route is looked for; absent for a stranger. */
    principal?: Caller | undefined;
    /** Fires when nobody waits for the answer any more: the client is gone, or its time is up. */
    signal: AbortSignal;
  };
}

export type AppContext = Context<AppEnv>;
