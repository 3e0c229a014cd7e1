import type { Hono } from "hono";

import type { AppContext, AppEnv } from "../app-env.ts";
import { assertAccess } from "../edge/access.ts";
import { answerOtherMethod } from "./other-method.ts";
import { createInputReader, type InputReaderInit } from "./read-input.ts";
import type { AnyAnswer, Route, RouteInput } from "./route.ts";

export interface AddRoutesInit extends InputReaderInit {
  /** Methods somebody else serves at a path of these routes. @default none */
  others?: ReadonlyMap<string, readonly string[]>;
}

/**
 * Serves routes. `HEAD` comes with `GET`; `OPTIONS` lists what a path can do, any other method is
 * refused with 405. Who may use a route is asked here, of the route that was found: no spelling of a
 * path can change the answer.
 */
export function addRoutes(
  app: Hono<AppEnv>,
  routes: readonly Route[],
  { others = new Map(), ...init }: AddRoutesInit,
): void {
  const paths = new Map<string, Map<string, Handler>>();
  const publicPaths = new Set<string>();
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ":$1");
    const handlers = paths.get(path) ?? new Map<string, Handler>();
    const handler = handlerOf(route, init);
    paths.set(path, handlers.set(route.method, handler));
    if (route.method === "GET") handlers.set("HEAD", handler);
    if (route.access === "public") publicPaths.add(path);
  }
  for (const [path, handlers] of paths) {
    const elsewhere = others.get(path) ?? [];
    const allow = ["OPTIONS", ...handlers.keys(), ...elsewhere].toSorted().join(", ");
    // One handler for each path: Hono calls a single one at once, and several over promises.
    app.all(path, (c, next) => {
      const handler = handlers.get(c.req.method);
      if (handler !== undefined) return handler(c);
      if (elsewhere.includes(c.req.method)) return next();
      // What there is, is not told to strangers.
      assertAccess(c.env.principal, publicPaths.has(path) ? "public" : "viewer");
      return answerOtherMethod(c, allow);
    });
  }
}

type Handler = (c: AppContext) => Response | Promise<Response>;

function handlerOf(route: Route, init: InputReaderInit): Handler {
  const read = createInputReader(route, init);
  const serve = (input: RouteInput): Response | Promise<Response> => {
    const answer = route.handler(input);
    return answer instanceof Promise ? answer.then(answerOf) : answerOf(answer);
  };
  return (c) => {
    assertAccess(c.env.principal, route.access);
    // What needs no waiting is answered at once: each turn of waiting costs as much as the work.
    const input = read(c);
    return input instanceof Promise ? input.then(serve) : serve(input);
  };
}

/** Answers are of this moment, unless the route says otherwise. */
const NO_STORE = { "cache-control": "no-store" };

function answerOf({ status, headers, body = null }: AnyAnswer): Response {
  if (body === null || typeof body === "string" || body instanceof Uint8Array) {
    return new Response(body === null ? null : asBody(body), {
      status,
      headers: { ...NO_STORE, ...headers },
    });
  }
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...NO_STORE, "content-type": "application/json", ...headers },
  });
}

function asBody(body: string | Uint8Array): string | Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? body : new Uint8Array(body);
}
