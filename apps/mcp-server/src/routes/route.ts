import type { Hono } from "hono";

import type { AppContext, AppEnv } from "../app-env.ts";
import { HttpError } from "../edge/http-error.ts";

type Handler = (c: AppContext) => Response | Promise<Response>;

/** The handlers of one path, by method. `HEAD` comes with `GET`. */
export type Methods = Partial<Record<"GET" | "POST" | "PUT" | "PATCH" | "DELETE", Handler>>;

/** Serves a path by the given methods; `OPTIONS` lists them, any other is refused with 405. */
export function addRoute(app: Hono<AppEnv>, path: string, methods: Methods): void {
  const allowed: string[] = ["OPTIONS"];
  for (const [method, handler] of Object.entries(methods)) {
    app.on(method, path, handler);
    allowed.push(method);
    if (method === "GET") allowed.push("HEAD");
  }
  const allow = allowed.toSorted().join(", ");
  app.all(path, (c) => {
    if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
    throw new HttpError("method_not_allowed", `Use ${allow} here.`, { headers: { allow } });
  });
}
