import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";

import {
  newTokenSchema,
  problemSchema,
  sessionSchema,
  tokenListSchema,
  wsTicketSchema,
} from "@ipfs-kit/core/wire";
import { createServer, type IpfsKitServer } from "@ipfs-kit/mcp-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";

import { makeToken } from "../src/edge/token-text.ts";
import { type SignedServer, startSigned } from "./support/signed-server.ts";

let signed: SignedServer;
let open: IpfsKitServer;
beforeAll(async () => {
  signed = await startSigned();
  open = createServer({ port: 0, isolation: true });
  await open.start();
});
afterAll(async () => {
  await signed[Symbol.asyncDispose]();
  await open.stop();
});

interface Asked {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  json: unknown;
}

/** A request with exactly these headers, as a browser or a program may send it. */
async function ask(
  method: string,
  path: string,
  { url = signed.url, headers = {}, body }: { url?: string; headers?: object; body?: object } = {},
): Promise<Asked> {
  const answered = Promise.withResolvers<Asked>();
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const outgoing = request(url + path, { method, headers: { ...type, ...headers } }, (answer) => {
    const { statusCode: status = 0, headers: received } = answer;
    const read = async () => {
      const json = await text(answer);
      const parsed: unknown = json === "" ? undefined : JSON.parse(json);
      return { status, headers: received, json: parsed };
    };
    answered.resolve(read());
  });
  outgoing.on("error", answered.reject);
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  return answered.promise;
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

const own = () => ({ origin: signed.url, "sec-fetch-site": "same-origin" });

async function fetchRaw(method: string, path: string, headers: object): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const outgoing = request(signed.url + path, { method, headers: { ...headers } }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  });
  outgoing.on("error", reject);
  outgoing.end();
  return promise;
}

const address = () => `${signed.url.replace("http", "ws")}/ws/webrtc`;

const ticketFor = async (token: string) =>
  wsTicketSchema.parse((await ask("POST", "/api/v0/ws-ticket", bearer(token))).json).ticket;

const closeCode = async (socket: WebSocket | number) => {
  if (typeof socket === "number") throw new Error(`It was refused with ${socket}.`);
  return Number((await once(socket, "close"))[0]);
};

const read = async (server: IpfsKitServer, headers = {}) =>
  (await fetch(`${server.gatewayUrl}/ipfs/bafkqaaa`, { headers })).status;

async function signIn(body: object) {
  const answer = await ask("POST", "/api/v0/session", { headers: own(), body });
  const [setCookie = ""] = [answer.headers["set-cookie"]].flat();
  return { ...answer, setCookie, cookie: setCookie.split(";")[0] ?? "" };
}

/** Open and welcomed, or the status it was refused with. */
async function connect(protocols: string[], headers: Record<string, string> = {}) {
  const socket = new WebSocket(address(), protocols, { headers });
  const { promise, resolve } = Promise.withResolvers<WebSocket | number>();
  socket.on("message", () => resolve(socket));
  socket.on("unexpected-response", (_request, answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  });
  socket.on("error", () => {});
  return promise;
}

describe("a server without tokens, on loopback", () => {
  it("takes everybody here for an operator, who makes no tokens", async () => {
    const session = await ask("GET", "/api/v0/session", { url: open.url });
    expect(session.json).toEqual({ needs_token: false, role: "operator" });
    const tokens = await ask("GET", "/api/v0/tokens", { url: open.url });
    expect(problemSchema.parse(tokens.json)).toMatchObject({ code: "forbidden", status: 403 });
  });

  it("does not mind a token it does not know", async () => {
    const { headers } = bearer(makeToken().text);
    expect((await ask("GET", "/api/v0/pins", { url: open.url, headers })).status).toBe(200);
  });

  it("limits its local user only when told to", async () => {
    const url = open.url;
    const many = Array.from({ length: 500 }, async () => ask("GET", "/api/v0/version", { url }));
    expect(new Set((await Promise.all(many)).map(({ status }) => status))).toEqual(new Set([200]));
  });
});

describe("a server with tokens", () => {
  it("asks for one, and says how", async () => {
    const { status, headers, json } = await ask("GET", "/api/v0/pins");
    expect([status, headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    expect(problemSchema.parse(json).code).toBe("unauthenticated");
    const kubo = await ask("POST", "/api/v0/pin/ls");
    expect([kubo.status, kubo.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    expect(kubo.json).toMatchObject({ error_code: "unauthenticated", Type: "error" });
  });

  it("does not tell strangers what there is", async () => {
    for (const path of ["/nothing", "/api/v0/nothing", "/api/v0/metadata/x/y"]) {
      expect((await ask("GET", path)).status).toBe(401);
      expect((await ask("GET", path, bearer(signed.viewer))).status).toBe(404);
    }
    expect((await ask("DELETE", "/api/v0/pins")).status).toBe(401);
    expect((await ask("OPTIONS", "/api/v0/pins")).status).toBe(401);
    expect((await ask("GET", "/api/v0/add")).status).toBe(401);
  });

  it("lets each role do its part", async () => {
    const rows: [method: string, path: string, viewer: number, operator: number, admin: number][] =
      [
        ["GET", "/api/v0/pins", 200, 200, 200],
        ["POST", "/api/v0/version", 200, 200, 200],
        ["POST", "/api/v0/repo/gc", 403, 200, 200],
        ["POST", "/api/v0/add", 403, 400, 400],
        ["GET", "/api/v0/tokens", 403, 403, 200],
      ];
    for (const [method, path, ...expected] of rows) {
      const statuses: number[] = [];
      for (const token of [signed.viewer, signed.operator, signed.admin]) {
        const { headers } = bearer(token);
        const answer = await fetch(signed.url + path, { method, headers });
        statuses.push(answer.status);
        await answer.body?.cancel();
      }
      expect([path, ...statuses]).toEqual([path, ...expected]);
    }
  });

  it("answers whether it lives, without a token", async () => {
    for (const path of ["/livez", "/readyz"]) expect((await ask("GET", path)).status).toBe(200);
    expect((await ask("GET", "/health")).status).toBe(401);
  });

  it("limits wrong tokens of one address, and lets right ones through meanwhile", async () => {
    await using attacked = await startSigned();
    const { url } = attacked;
    const statuses = new Set<number>();
    const waits = new Set<unknown>();
    for (let tries = 0; tries < 40; tries += 1) {
      const wrong = { url, ...bearer(makeToken().text) };
      const { status, headers } = await ask("GET", "/api/v0/pins", wrong);
      statuses.add(status);
      waits.add(headers["retry-after"]);
    }
    expect(waits).toEqual(new Set([undefined, "1"]));
    expect(statuses).toEqual(new Set([401, 429]));
    const right = { url, ...bearer(attacked.viewer) };
    expect((await ask("GET", "/api/v0/pins", right)).status).toBe(200);
  });

  it("manages tokens over the API: the secret is told once", async () => {
    const { headers } = bearer(signed.admin);
    const body = { name: "the laptop", role: "viewer", expires_in_days: 30 };
    const made = await ask("POST", "/api/v0/tokens", { headers, body });
    const { token, id } = newTokenSchema.parse(made.json);
    expect(made.status).toBe(201);
    expect((await ask("GET", "/api/v0/pins", bearer(token))).status).toBe(200);
    const listed = await ask("GET", "/api/v0/tokens", { headers });
    expect(tokenListSchema.parse(listed.json).tokens.map((each) => each.id)).toContain(id);
    expect(JSON.stringify(listed.json)).not.toContain(token.split(".")[1]);
    expect((await ask("DELETE", `/api/v0/tokens/${id}`, { headers })).status).toBe(200);
    expect((await ask("DELETE", `/api/v0/tokens/${id}`, { headers })).status).toBe(404);
    expect((await ask("GET", "/api/v0/pins", bearer(token))).status).toBe(401);
    const bad = await ask("POST", "/api/v0/tokens", { headers, body: { name: "", role: "god" } });
    expect(bad.status).toBe(400);
  });
});

describe("a limit of requests", () => {
  it("is for each token and each address, also behind a trusted proxy; health is exempt", async () => {
    await using limited = await startSigned({ rateLimit: 1, trustedProxies: ["127.0.0.1"] });
    const { url } = limited;
    const times = async (headers: object, path = "/api/v0/pins", count = 4) => {
      const statuses: number[] = [];
      for (let tries = 0; tries < count; tries += 1) {
        statuses.push((await ask("GET", path, { url, headers })).status);
      }
      return statuses;
    };
    expect(await times(bearer(limited.viewer).headers)).toEqual([200, 200, 429, 429]);
    expect(await times(bearer(limited.operator).headers)).toEqual([200, 200, 429, 429]);
    expect(await times({ "x-forwarded-for": "192.0.2.1" })).toEqual([401, 401, 429, 429]);
    // One customer has all of these addresses.
    expect(await times({ "x-forwarded-for": "2001:db8::1" })).toEqual([401, 401, 429, 429]);
    expect(await times({ "x-forwarded-for": "2001:db8::2" })).toEqual([429, 429, 429, 429]);
    expect(await times({ "x-forwarded-for": "192.0.2.2" }, "/livez", 20)).not.toContain(429);
    const refused = await ask("GET", "/api/v0/pins", { url, ...bearer(limited.viewer) });
    expect(problemSchema.parse(refused.json).code).toBe("rate_limited");
    expect(refused.headers["retry-after"]).toBe("1");
    // Nothing waits for a restart: the operator may lift it.
    limited.server.apply({ rateLimit: 0 });
    expect(await times(bearer(limited.viewer).headers)).toEqual([200, 200, 200, 200]);
  });
});

describe("a browser", () => {
  it("signs in with a token, for as long as that is good", async () => {
    const { text: token, info } = await signed.tokens.create({ name: "browser", role: "operator" });
    const { json, setCookie, cookie } = await signIn({ token });
    expect(sessionSchema.parse(json)).toEqual({ needs_token: true, role: "operator" });
    expect(setCookie).toMatch(
      /^ipfs-kit-\d+=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    expect(setCookie).not.toContain(token);
    expect((await ask("GET", "/api/v0/pins", { headers: { cookie } })).status).toBe(200);
    await signed.tokens.revoke(info.id);
    await expect
      .poll(async () => (await ask("GET", "/api/v0/pins", { headers: { cookie } })).status, {
        timeout: 5_000,
      })
      .toBe(401);
  });

  it("signs in with a login link, once", async () => {
    const link = new URL(await signed.server.createLoginLink());
    expect([link.pathname, link.search]).toEqual(["/dashboard/", ""]);
    const code = link.hash.replace("#login=", "");
    const first = await signIn({ code });
    expect(sessionSchema.parse(first.json).role).toBe("admin");
    const again = await signIn({ code });
    expect(again.status).toBe(401);
    expect(again.setCookie).toBe("");
  });

  it("signs out", async () => {
    const { cookie } = await signIn({ token: signed.viewer });
    const headers = { ...own(), cookie };
    const out = await ask("DELETE", "/api/v0/session", { headers });
    expect(out.status).toBe(204);
    expect(String(out.headers["set-cookie"])).toMatch(/^ipfs-kit-\d+=; .*Max-Age=0/);
    expect((await ask("GET", "/api/v0/pins", { headers })).status).toBe(401);
  });

  it("is never made to act by a page that is not ours", async () => {
    const { cookie } = await signIn({ token: signed.operator });
    const path = "/api/v0/repo/gc";
    const rows: [headers: object, status: number][] = [
      [own(), 200],
      [{ "sec-fetch-site": "same-origin" }, 200],
      [{ origin: signed.url }, 200],
      // Nothing says which page it was: the cookie does not count.
      [{}, 401],
      [{ "sec-fetch-site": "none" }, 401],
      [{ "sec-fetch-site": "same-site" }, 403],
      [{ "sec-fetch-site": "cross-site" }, 403],
      [{ origin: "http://127.0.0.1:1" }, 403],
      [{ origin: "null" }, 403],
    ];
    for (const [headers, status] of rows) {
      const answer = await fetchRaw("POST", path, { ...headers, cookie });
      expect([headers, answer]).toEqual([headers, status]);
    }
    // An image on another site may ask, and is told nothing.
    const image = { "sec-fetch-site": "cross-site", cookie };
    expect((await ask("GET", "/api/v0/pins", { headers: image })).status).toBe(401);
  });

  it("gets a cookie for TLS alone where it came over TLS", async () => {
    await using proxied = await startSigned({
      allowHosts: ["kit.example"],
      allowOrigins: ["https://kit.example"],
    });
    const headers = {
      host: "kit.example",
      origin: "https://kit.example",
      "sec-fetch-site": "same-origin",
    };
    const body = { token: proxied.viewer };
    const answer = await ask("POST", "/api/v0/session", { url: proxied.url, headers, body });
    const setCookie = String(answer.headers["set-cookie"]);
    expect(setCookie).toMatch(/^__Host-ipfs-kit-\d+=.*; Secure$/);
    const cookie = setCookie.split(";")[0];
    const asked = await ask("POST", "/api/v0/version", {
      url: proxied.url,
      headers: { ...headers, cookie },
    });
    expect(asked.status).toBe(200);
  });
});

describe("a WebSocket", () => {
  it("needs a token, a ticket or the cookie of our own page", async () => {
    expect(await connect([])).toBe(401);
    expect(await connect(["ipfs-kit.v1"])).toBe(401);
    for (const headers of [bearer(signed.viewer).headers]) {
      const socket = await connect([], headers);
      expect(socket).toBeInstanceOf(WebSocket);
      if (socket instanceof WebSocket) socket.terminate();
    }
  });

  it("opens with a ticket, once; the ticket is not repeated", async () => {
    const ticket = await ticketFor(signed.viewer);
    expect(ticket).toMatch(/^ticket\.[\w-]{43}$/);
    const socket = await connect(["ipfs-kit.v1", ticket]);
    expect(socket).toMatchObject({ protocol: "ipfs-kit.v1" });
    expect(await connect(["ipfs-kit.v1", ticket])).toBe(401);
    expect(await connect(["ipfs-kit.v1", `ticket.${makeToken().secret}`])).toBe(401);
    if (socket instanceof WebSocket) socket.terminate();
  });

  it("is closed with 4001 when the token is revoked", async () => {
    const { text: token, info } = await signed.tokens.create({ name: "short", role: "viewer" });
    const direct = await connect([], bearer(token).headers);
    const ticketed = await connect(["ipfs-kit.v1", await ticketFor(token)]);
    const unused = await ticketFor(token);
    const codes = Promise.all([closeCode(direct), closeCode(ticketed)]);
    await signed.tokens.revoke(info.id);
    expect(await codes).toEqual([4001, 4001]);
    expect(await connect(["ipfs-kit.v1", unused])).toBe(401);
  });

  it("is closed with 4001 when its token runs out", async () => {
    const expiresAt = new Date(Date.now() + 1_500);
    const { text: token } = await signed.tokens.create({
      name: "brief",
      role: "viewer",
      expiresAt,
    });
    const socket = await connect([], bearer(token).headers);
    expect(await closeCode(socket)).toBe(4001);
  });

  it("of a local user is closed with 4001 when the first token is made", async () => {
    await using fresh = createServer({ port: 0, isolation: true });
    await fresh.start();
    const socket = new WebSocket(`${fresh.url.replace("http", "ws")}/ws/webrtc`);
    await once(socket, "message");
    const closed = once(socket, "close");
    const link = new URL(await fresh.createLoginLink());
    const page = { origin: fresh.url, "sec-fetch-site": "same-origin" };
    const session = await ask("POST", "/api/v0/session", {
      url: fresh.url,
      headers: page,
      body: { code: link.hash.replace("#login=", "") },
    });
    const cookie = String(session.headers["set-cookie"]).split(";")[0];
    const made = await ask("POST", "/api/v0/tokens", {
      url: fresh.url,
      headers: { ...page, cookie },
      body: { name: "the first", role: "admin" },
    });
    expect(made.status).toBe(201);
    expect((await closed)[0]).toBe(4001);
    expect((await ask("GET", "/api/v0/pins", { url: fresh.url })).status).toBe(401);
  });
});

describe("the gateway", () => {
  it("is open on loopback, tokens or not", async () => {
    expect(await read(signed.server)).toBe(200);
    expect(await read(open)).toBe(200);
  });

  it("needs a token where others reach it, unless it is public", async () => {
    await using inside = await startSigned({ gatewayHost: "0.0.0.0" });
    expect(await read(inside.server)).toBe(401);
    expect(await read(inside.server, bearer(inside.viewer).headers)).toBe(200);
    await using outside = await startSigned({ gatewayHost: "0.0.0.0", publicGateway: true });
    expect(await read(outside.server)).toBe(200);
  });
});

describe("a server others can reach", () => {
  it("starts with a token, and is open to nobody without it", async () => {
    await using reachable = await startSigned({ host: "0.0.0.0" });
    const url = reachable.url;
    expect((await ask("GET", "/api/v0/pins", { url })).status).toBe(401);
    expect((await ask("GET", "/api/v0/pins", { url, ...bearer(reachable.viewer) })).status).toBe(
      200,
    );
    for (const { id } of reachable.tokens.list()) await reachable.tokens.revoke(id);
    await expect
      .poll(async () => (await ask("GET", "/api/v0/session", { url })).json, { timeout: 5_000 })
      .toEqual({ needs_token: false });
    expect((await ask("GET", "/api/v0/pins", { url })).status).toBe(401);
  });

  it("is open to everybody with --insecure-no-auth, until there is a token", async () => {
    await using server = createServer({
      port: 0,
      host: "0.0.0.0",
      isolation: true,
      insecureNoAuth: true,
    });
    await server.start();
    expect((await ask("GET", "/api/v0/pins", { url: server.url })).status).toBe(200);
  });
});

describe("what can change while it runs", () => {
  it("is who may ask", async () => {
    await using server = createServer({ port: 0, isolation: true });
    const origin = "https://app.example";
    server.apply({ allowHosts: ["early.example"] });
    await server.start();
    const status = async (headers: object) =>
      (await ask("GET", "/api/v0/version", { url: server.url, headers })).status;
    expect(await status({ host: "early.example" })).toBe(200);
    expect(await status({ origin })).toBe(403);
    server.apply({ allowOrigins: [origin], allowHosts: ["kit.example"] });
    expect(await status({ origin })).toBe(200);
    expect(await status({ host: "kit.example" })).toBe(200);
    expect(await status({ host: "early.example" })).toBe(403);
    server.apply({ allowOrigins: [] });
    expect(await status({ origin })).toBe(403);
    expect(await status({ host: "kit.example" })).toBe(200);
  });
});
