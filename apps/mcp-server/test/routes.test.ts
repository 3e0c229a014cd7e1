import { serve } from "@hono/node-server";
import { problemSchema } from "@ipfs-kit/core/wire";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";

import type { AppEnv } from "../src/app-env.ts";
import { answerFor } from "../src/edge/problems.ts";
import { addRoutes } from "../src/routes/add-routes.ts";
import { defineRoute } from "../src/routes/route.ts";

const MAX_JSON_BYTES = 1000;

const echoed = z.looseObject({});

/** Tells what it was given. */
const get = defineRoute({
  method: "GET",
  path: "/echo/{id}",
  operationId: "echo",
  tag: "test",
  summary: "Says what it was given",
  access: "public",
  params: z.object({ id: z.string().check(z.maxLength(8)) }),
  query: z.object({
    count: z.optional(z.int().check(z.minimum(1), z.maximum(9))),
    deep: z.optional(z.boolean()),
    tag: z.optional(z.array(z.string()).check(z.maxLength(2))),
    kind: z.optional(z.enum(["a", "b"])),
  }),
  responses: { 200: { description: "It.", schema: echoed, example: {} } },
  handler: ({ params, query }) => ({ status: 200, body: { params, query } }),
});

const put = defineRoute({
  method: "PUT",
  path: "/echo/{id}",
  operationId: "putEcho",
  tag: "test",
  summary: "Says what it was given",
  access: "public",
  body: z.object({
    a: z.int(),
    list: z.optional(z.array(z.object({ "b/c": z.string() }))),
    deep: z.optional(z.unknown()),
  }),
  responses: { 200: { description: "It.", schema: echoed, example: {} } },
  handler: ({ body }) => ({ status: 200, body }),
});

let url: string;
let server: ReturnType<typeof serve>;

beforeAll(async () => {
  const app = new Hono<AppEnv>();
  addRoutes(app, [get, put], { maxJsonBytes: MAX_JSON_BYTES });
  app.onError((error, c) => {
    const { status, problem, headers } = answerFor(error, {
      requestId: "",
      url: c.req.path,
      debug: false,
    });
    return new Response(JSON.stringify(problem), { status, headers });
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => resolve(port));
  url = `http://127.0.0.1:${await promise}/echo`;
});

afterAll(() => {
  server.close();
});

const query = async (text: string) => fetch(`${url}/x?${text}`);

async function send(body: string | Uint8Array<ArrayBuffer>, type = "application/json") {
  return fetch(`${url}/x`, { method: "PUT", body, headers: { "content-type": type } });
}

async function problemOf(answer: Response) {
  const problem = problemSchema.parse(await answer.json());
  return { status: answer.status, code: problem.code, errors: problem.errors };
}

describe("a query", () => {
  it.each([
    ["count=3", { count: 3 }],
    ["deep=true&kind=b", { deep: true, kind: "b" }],
    ["tag=x&tag=y", { tag: ["x", "y"] }],
    ["tag=", { tag: [""] }],
    ["unknown=1&__proto__=2&constructor=3", {}],
    ["", {}],
  ])("%s is read by its schema", async (text, expected) => {
    expect(await (await query(text)).json()).toEqual({ params: { id: "x" }, query: expected });
  });

  it.each([
    ["count=10", "count", "must be at most 9"],
    ["count=0", "count", "must be at least 1"],
    ["count=1.5", "count", "must be a whole number"],
    ["count=1e0", "count", "must be a number"],
    ["count=", "count", "must be a number"],
    ["count=1&count=1", "count", "must be a number"],
    ["deep=yes", "deep", "must be true or false"],
    ["tag=1&tag=2&tag=3", "tag", "must have at most 2 items"],
    ["kind=c", "kind", 'must be "a" or "b"'],
  ])("%s is refused, and it says what is allowed", async (text, parameter, detail) => {
    expect(await problemOf(await query(text))).toEqual({
      status: 400,
      code: "invalid_request",
      errors: [{ parameter, detail }],
    });
  });

  it("names everything that is wrong", async () => {
    const { errors } = await problemOf(await query("count=0&deep=x"));
    expect(errors?.map(({ parameter }) => parameter)).toEqual(["count", "deep"]);
  });
});

describe("a path", () => {
  it("is read by its schema", async () => {
    expect((await fetch(`${url}/${"x".repeat(8)}`)).status).toBe(200);
    expect(await problemOf(await fetch(`${url}/${"x".repeat(9)}`))).toMatchObject({
      status: 400,
      errors: [{ parameter: "id", detail: "must have at most 8 characters" }],
    });
  });

  it("says which methods it has", async () => {
    const allow = "GET, HEAD, OPTIONS, PUT";
    const options = await fetch(`${url}/x`, { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([204, allow]);
    const other = await fetch(`${url}/x`, { method: "DELETE" });
    expect([other.status, other.headers.get("allow")]).toEqual([405, allow]);
    expect((await fetch(`${url}/x`, { method: "HEAD" })).status).toBe(200);
  });
});

/** JSON so many brackets deep, the outermost included. */
function nested(levels: number): string {
  return `{"a":1,"deep":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
}

describe("a JSON body", () => {
  it("is read by its schema; what the schema does not know is left out", async () => {
    const answer = await send('{"a":1,"b":2,"list":[{"b/c":"x","d":1}]}');
    expect(await answer.json()).toEqual({ a: 1, list: [{ "b/c": "x" }] });
  });

  it("may have a name twice, of which the last counts, and __proto__ as a name", async () => {
    const answer = await send('{"a":1,"__proto__":{"a":5,"polluted":1},"a":2,"constructor":{}}');
    expect(await answer.json()).toEqual({ a: 2 });
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("is nested up to 32 levels", async () => {
    expect((await send(nested(32))).status).toBe(200);
    expect(await problemOf(await send(nested(33)))).toMatchObject({ status: 400 });
    // Brackets in text are text.
    expect((await send(`{"a":1,"deep":"${"[".repeat(100)}\\"${"{".repeat(100)}"}`)).status).toBe(
      200,
    );
  });

  it.each([
    ["is missing", "", 400, undefined],
    ["is no JSON", "{", 400, undefined],
    ["is cut off", '{"a":1', 400, undefined],
    ["is something else", "[1]", 400, [{ pointer: "#", detail: "must be an object" }]],
    ["lacks something", "{}", 400, [{ pointer: "#/a", detail: "is required" }]],
    [
      "is wrong deep inside",
      '{"a":1,"list":[{"b/c":"x"},{"b/c":2}]}',
      400,
      [{ pointer: "#/list/1/b~1c", detail: "must be text" }],
    ],
    ["is too large", `{"a":1,"deep":"${"x".repeat(MAX_JSON_BYTES)}"}`, 413, undefined],
    ["is nested without end", "[".repeat(MAX_JSON_BYTES), 400, undefined],
  ])("that %s is refused", async (_what, body, status, errors) => {
    expect(await problemOf(await send(body))).toMatchObject({ status, errors });
  });

  it("is UTF-8", async () => {
    const latin = Uint8Array.from([...Buffer.from('{"a":1,"deep":"')], (byte) => byte);
    expect((await send(Uint8Array.from([...latin, 0xff, 0x22, 0x7d]))).status).toBe(400);
  });

  it("is announced as JSON", async () => {
    expect((await send('{"a":1}', "text/plain")).status).toBe(415);
    expect((await send('{"a":1}', "application/jsonp")).status).toBe(415);
    expect((await send('{"a":1}', "application/merge-patch+json; charset=utf-8")).status).toBe(200);
  });

  it("without an announced length is counted as it comes", async () => {
    const body = new Blob([`{"a":1,"deep":"${"x".repeat(MAX_JSON_BYTES)}"}`]).stream();
    const answer = await fetch(`${url}/x`, {
      method: "PUT",
      body,
      duplex: "half",
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(413);
  });
});
