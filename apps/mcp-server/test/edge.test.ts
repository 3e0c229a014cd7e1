import { request } from "node:http";
import { text } from "node:stream/consumers";

import { problemSchema, versionSchema } from "@ipfs-kit/core/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startListener, type TestListener } from "./support/listener.ts";
import { sendRaw } from "./support/raw-http.ts";

const APP_ORIGIN = "https://app.example";

let server: TestListener;
beforeAll(async () => {
  server = await startListener({ allowOrigins: [APP_ORIGIN] });
});
afterAll(async () => server[Symbol.asyncDispose]());

/** A request with headers that fetch would not send. */
async function ask(path: string, headers: Record<string, string>, method = "GET") {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const outgoing = request(
    { port: server.port, host: "127.0.0.1", path, method, headers },
    (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
    },
  );
  outgoing.on("error", reject);
  outgoing.end();
  return promise;
}

/** What a browser asks before a page of that origin may post. */
const preflight = (origin: string) =>
  fetch(`${server.url}/api/v0/add`, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST" },
  });

/** The line every request needs. */
const host = () => `Host: 127.0.0.1:${server.port}\r\n`;

const PATHS = ["/", "/dashboard", "/dashboard/", "/health", "/livez", "/readyz", "/nothing"];
PATHS.push("/api/v0/add", "/api/v0/pins", "/api/v0/version", "/api/v0/health", "/ws/webrtc");

const SPELLINGS = (path: string) => [
  path,
  `/${path}`,
  `${path}/`,
  `${path}?x=1`,
  `${path};a=b`,
  path.toUpperCase(),
  path.replace("/", "/./"),
  path.replace("/", "/%2e%2e/"),
  path.replace("/", "/x/../"),
  path.replaceAll("/", "%2f").replace("%2f", "/"),
  `${path}.`,
  `${path}%00`,
];

describe("who may talk to the server", () => {
  it.each(PATHS)("is decided before anything else, for every spelling of %s", async (path) => {
    for (const spelling of SPELLINGS(path)) {
      const rebound = await ask(spelling, { host: "evil.example" });
      expect([spelling, rebound.status]).toEqual([spelling, 403]);
      expect(problemSchema.parse(JSON.parse(rebound.body)).code).toBe("host_not_allowed");
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const foreign = await ask(spelling, { origin: "https://evil.example" }, method);
        expect([spelling, foreign.status]).toEqual([spelling, 403]);
      }
    }
  });

  it("includes pages of an allowed origin, with exact CORS headers", async () => {
    const answer = await fetch(`${server.url}/api/v0/version`, { headers: { origin: APP_ORIGIN } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe(APP_ORIGIN);
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    expect(answer.headers.get("vary")).toBe("Origin");
  });

  it("answers a preflight only for an allowed origin", async () => {
    const allowed = await preflight(APP_ORIGIN);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-methods")).toContain("POST");
    expect((await preflight("https://evil.example")).status).toBe(403);
  });

  it("gives no CORS headers to anyone else", async () => {
    const answer = await fetch(`${server.url}/api/v0/version`);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
  });
});

describe("what cannot be served", () => {
  it("is a problem with a code and the id of the request", async () => {
    const answer = await fetch(`${server.url}/nothing?token=secret`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    const problem = problemSchema.parse(await answer.json());
    expect(problem).toMatchObject({ code: "not_found", status: 404, instance: "/nothing" });
    expect(problem.request_id).toBe(answer.headers.get("x-request-id"));
    expect(JSON.stringify(problem)).not.toContain("secret");
  });

  it("says which methods there are", async () => {
    const wrong = await fetch(`${server.url}/api/v0/pins`, { method: "POST" });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
    expect(problemSchema.parse(await wrong.json())).toMatchObject({
      code: "method_not_allowed",
      Message: expect.stringContaining("GET"),
      Code: 1,
      Type: "error",
    });
    const options = await fetch(`${server.url}/api/v0/add`, { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([204, "OPTIONS, POST"]);
    expect((await fetch(`${server.url}/api/v0/version`, { method: "HEAD" })).status).toBe(200);
  });

  it("hides what went wrong inside, unless someone debugs", async () => {
    const store = { listPins: async () => Promise.reject(new Error("secret path")) };
    await using quiet = await startListener({ store });
    await using loud = await startListener({ store, debug: true });
    const hidden = await fetch(`${quiet.url}/api/v0/pins`);
    expect(hidden.status).toBe(500);
    expect(await hidden.text()).not.toContain("secret path");
    expect(await (await fetch(`${loud.url}/api/v0/pins`)).text()).toContain("secret path");
  });
});

describe("a connection that does not speak properly", () => {
  it.each<[string, () => string, number]>([
    ["noise", () => "\x16\x03\x01\x00\xff\r\n\r\n", 400],
    ["HTTP/2 without asking first", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    ["no Host", () => "GET / HTTP/1.1\r\n\r\n", 403],
    ["two Hosts", () => `GET / HTTP/1.1\r\n${host()}Host: evil\r\n\r\n`, 403],
    ["HTTP/1.0 without a Host", () => "GET / HTTP/1.0\r\n\r\n", 403],
    [
      "a header of 100 KiB",
      () => `GET / HTTP/1.1\r\n${host()}X: ${"x".repeat(100_000)}\r\n\r\n`,
      431,
    ],
    ["a URL of 100 KiB", () => `GET /${"x".repeat(100_000)} HTTP/1.1\r\n${host()}\r\n`, 431],
    [
      "smuggling",
      () =>
        `POST /api/v0/version HTTP/1.1\r\n${host()}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      "a backslash in the path",
      () => `GET /a\\..\\b HTTP/1.1\r\n${host()}Connection: close\r\n\r\n`,
      400,
    ],
    [
      "a header named __proto__",
      () => `GET /livez HTTP/1.1\r\n${host()}__proto__: x\r\nConnection: close\r\n\r\n`,
      200,
    ],
    ["a bad escape", () => `GET /%zz%ff HTTP/1.1\r\n${host()}Connection: close\r\n\r\n`, 404],
    [
      "the host in the request line",
      () =>
        `GET http://127.0.0.1:${server.port}/livez HTTP/1.1\r\n${host()}Connection: close\r\n\r\n`,
      200,
    ],
    [
      "Expect: 100-continue and another's Host",
      () =>
        "POST /api/v0/add HTTP/1.1\r\nHost: evil\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
      403,
    ],
    [
      "another Expect and another's Host",
      () => "GET / HTTP/1.1\r\nHost: evil\r\nExpect: foo\r\n\r\n",
      403,
    ],
    ["another Expect", () => `GET /livez HTTP/1.1\r\n${host()}Expect: foo\r\n\r\n`, 417],
    ["an unknown method", () => `BREW / HTTP/1.1\r\n${host()}\r\n`, 400],
  ])("gets an answer for %s", async (_what, bytes, status) => {
    const answer = await sendRaw(server.port, bytes());
    expect(answer.status).toBe(status);
    if (status !== 200) problemSchema.parse(JSON.parse(answer.body));
  });

  it.each(["h2c", "foo", "websocket, foo", "TLS/1.0"])(
    "is answered at once when it offers Upgrade: %s",
    async (upgrade) => {
      const answer = await sendRaw(
        server.port,
        `GET /api/v0/version HTTP/1.1\r\n${host()}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${upgrade}\r\nHTTP2-Settings: AAMAAABkAAQ\r\n\r\n`,
      );
      expect(answer.status).toBe(200);
      versionSchema.parse(JSON.parse(answer.body));
    },
  );
});
