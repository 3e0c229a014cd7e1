import type { ErrorCode } from "@ipfs-kit/core";
import type * as z from "zod/mini";

import type { AppContext } from "../app-env.ts";
import type { Access } from "../edge/access.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A schema of `@ipfs-kit/core/wire`: it validates, and the API description is made from it. */
export type Schema = z.core.$ZodType;

/** Fields by name: what a path, a query or a body is made of. */
export type Fields = z.ZodMiniObject;

/** Nothing at all: what a route without parameters is given. */
type NoFields = z.ZodMiniObject<Record<string, z.ZodMiniNever>>;

interface Described {
  /** What it means, one sentence. */
  description: string;
  /** Headers a client may rely on, each with what it says. */
  headers?: Readonly<Record<string, string>>;
}

/** An answer in JSON. */
interface JsonResponse extends Described {
  schema: Schema;
  /** What it looks like; the description shows it, and a test parses it. */
  example: unknown;
}

/** An answer that is no JSON: a file, or nothing. */
interface OtherResponse extends Described {
  /** @default no body */
  mediaType?: string;
}

/** What a route answers when it does its work, by status. */
export type Responses = Readonly<Record<number, JsonResponse | OtherResponse>>;

/** What a handler may return: one of the declared answers, with a body of that form. */
type Answer<R extends Responses> = {
  [Status in keyof R & number]: {
    status: Status;
    headers?: Readonly<Record<string, string>>;
  } & (R[Status] extends { schema: infer Body extends Schema }
    ? { body: z.output<Body> }
    : { body?: string | Uint8Array<ArrayBuffer> | null });
}[keyof R & number];

/** A request as its schemas have read it. */
export interface RouteInput<
  Params extends Fields = Fields,
  Query extends Fields = Fields,
  Body extends Schema = Schema,
> {
  params: z.output<Params>;
  query: z.output<Query>;
  body: z.output<Body>;
  c: AppContext;
}

/** A failure a route can answer with. Those every route has need not be named. */
export type DeclaredError = ErrorCode | { code: ErrorCode; status: number };

export interface RouteInit<
  Params extends Fields,
  Query extends Fields,
  Body extends Schema,
  R extends Responses,
> {
  method: Method;
  /** As OpenAPI writes it: `/api/v0/exists/{cid}`. */
  path: string;
  /** The name of the operation in a generated client. */
  operationId: string;
  tag: string;
  /** A few words. */
  summary: string;
  description?: string;
  /** @default `viewer` for GET, else `operator` */
  access?: Access;
  /** The variable parts of the path. */
  params?: Params;
  /** Each at most once, unless it is an array. Parameters not named here are ignored. */
  query?: Query;
  /** The JSON body. */
  body?: Body;
  responses: R;
  errors?: readonly DeclaredError[];
  handler(input: RouteInput<Params, Query, Body>): Answer<NoInfer<R>> | Promise<Answer<NoInfer<R>>>;
}

/** What a route answered, of whatever it declares. */
export interface AnyAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

/** A route in the one form in which all are mounted, checked and described. */
export interface Route extends Omit<
  RouteInit<Fields, Fields, Schema, Responses>,
  "handler" | "access" | "errors"
> {
  access: Access;
  errors: readonly DeclaredError[];
  handler(input: RouteInput): AnyAnswer | Promise<AnyAnswer>;
}

/**
 * Describes a route once: the same schemas check what comes in, type what goes out, and make the
 * API description.
 *
 * @example
 * const versionRoute = defineRoute({
 *   method: "GET", path: "/api/v0/version", operationId: "getVersion", tag: "server",
 *   summary: "Which version this is", access: "viewer",
 *   responses: { 200: { description: "It.", schema: versionSchema, example: VERSION } },
 *   handler: () => ({ status: 200, body: VERSION }),
 * });
 */
export function defineRoute<
  const R extends Responses,
  Params extends Fields = NoFields,
  Query extends Fields = NoFields,
  Body extends Schema = z.ZodMiniUndefined,
>(init: RouteInit<Params, Query, Body, R>): Route {
  return {
    ...init,
    access: init.access ?? (init.method === "GET" ? "viewer" : "operator"),
    errors: init.errors ?? [],
  };
}
