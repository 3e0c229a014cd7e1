import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** The Hono environment of every route: the Node request and response lie underneath. */
export interface AppEnv {
  Bindings: HttpBindings;
}

export type AppContext = Context<AppEnv>;
