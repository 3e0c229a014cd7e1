import { IncomingMessage, request } from "node:http";
import { Socket } from "node:net";
import { text } from "node:stream/consumers";

import { noopLogger } from "@ipfs-kit/core";
import { wsTicketSchema } from "@ipfs-kit/core/wire";
import { createServer, type ServerInit } from "@ipfs-kit/mcp-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Edge } from "../src/edge/edge.ts";
import { randomSecret } from "../src/edge/token-text.ts";
import { openRaw, sendRaw } from "./support/raw-http.ts";
import { type SignedServer, startSigned } from "./support/signed-server.ts";

let signed: SignedServer;
beforeAll(async () => {
  signed = await startSigned();
});
afterAll(async () => signed[Symbol.asyncDispose]());

/** The status of a request with exactly these lines, of which one name may stand several times. */
async function status(
  lines: readonly string[],
  { path = "/api/v0/tokens", method = "GET", port = signed.port } = {},
): Promise<number> {
  const head = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, "Connection: close"];
  const answer = await sendRaw(port, `${[...head, ...lines].join("\r\n")}\r\n\r\n`);
  return answer.status;
}

/** Signs in as our own page does. @returns the pair for `Cookie` */
async function signIn(token: string, cookie = "", url = signed.url): Promise<string> {
  const answered = Promise.withResolvers<string>();
  const headers = { origin: url, "content-type": "application/json", cookie };
  const outgoing = request(`${url}/api/v0/session`, { method: "POST", headers }, (answer) => {
    answer.resume();
    answered.resolve(answer.headers["set-cookie"]?.[0]?.split(";")[0] ?? "");
  });
  outgoing.on("error", answered.reject);
  outgoing.end(JSON.stringify({ token }));
  return answered.promise;
}

async function ticketOf(token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${signed.url}/api/v0/ws-ticket`, { method: "POST", headers });
  return wsTicketSchema.parse(await answer.json()).ticket;
}

describe("the header with the token", () => {
  it.each<[string, () => string[], number]>([
    ["in any case", () => [`AUTHORIZATION: BEARER ${signed.admin}`], 200],
    ["with spaces", () => [`Authorization:    bearer   ${signed.admin}   `], 200],
    ["twice in one", () => [`Authorization: Bearer ${signed.admin} ${signed.admin}`], 401],
    ["as a list", () => [`Authorization: Bearer ${signed.admin}, Bearer ${signed.admin}`], 401],
    ["named twice", () => [`Authorization: Bearer Bearer ${signed.admin}`], 401],
    ["with a tab", () => [`Authorization: Bearer\t${signed.admin}`], 401],
    ["without its scheme", () => [`Authorization: ${signed.admin}`], 401],
    ["under another scheme", () => [`Authorization: Basic ${signed.admin}`], 401],
    ["as nothing", () => ["Authorization:"], 401],
    ["in other letters", () => [`Authorization: Bearer ${signed.admin}\u00e9`], 401],
    ["in capitals", () => [`Authorization: Bearer ${signed.admin.toUpperCase()}`], 401],
    ["huge", () => [`Authorization: Bearer ${signed.admin}${"x".repeat(12_000)}`], 401],
    ["for a proxy", () => [`Proxy-Authorization: Bearer ${signed.admin}`], 401],
    ["in a header of another kind", () => [`X-Authorization: Bearer ${signed.admin}`], 401],
    // The first of two counts, whatever the second is.
    [
      "beside a lower one",
      () => [`Authorization: Bearer ${signed.viewer}`, `authorization: Bearer ${signed.admin}`],
      403,
    ],
    [
      "beside a wrong one",
      () => [`Authorization: Bearer x`, `authorization: Bearer ${signed.admin}`],
      401,
    ],
  ])("%s", async (_what, lines, expected) => expect(await status(lines())).toBe(expected));

  it("counts for its own request alone, also where many come at once over one connection", async () => {
    const socket = await openRaw(signed.port);
    const cookie = await signIn(signed.operator);
    const rows: [line: string, expected: number][] = [
      [`Authorization: Bearer ${signed.admin}`, 200],
      ["X: nothing", 401],
      [`Authorization: Bearer ${signed.viewer}`, 403],
      [`Authorization: Bearer ${signed.admin}`, 200],
      [`Cookie: ${cookie}`, 403],
      [`Authorization: Bearer ${signed.expired}`, 401],
      ["X: nothing", 401],
    ];
    const requests = rows.map(
      ([line]) =>
        `GET /api/v0/tokens HTTP/1.1\r\nHost: 127.0.0.1:${signed.port}\r\n${line}\r\n\r\n`,
    );
    socket.end(requests.join(""));
    const statuses = (await text(socket)).matchAll(/HTTP\/1\.1 (\d+)/g);
    expect(Array.from(statuses, ([, code]) => Number(code))).toEqual(rows.map(([, code]) => code));
  });
});

describe("a ticket", () => {
  it("opens a WebSocket and nothing else", async () => {
    for (const lines of [
      ["Upgrade: foo", "Connection: Upgrade"],
      ["Upgrade: websocket"],
      ["Upgrade: foo, websocket"],
      [],
    ]) {
      const ticket = await ticketOf(signed.admin);
      const shown = [...lines, `Sec-WebSocket-Protocol: ipfs-kit.v1, ${ticket}`];
      expect([lines, await status(shown)]).toEqual([lines, 401]);
      expect([lines, await status([`Authorization: Bearer ${ticket}`])]).toEqual([lines, 401]);
    }
  });
});

describe("a cookie", () => {
  it("that another page of this host planted does not push ours aside", async () => {
    const cookie = await signIn(signed.admin);
    const name = cookie.split("=")[0] ?? "";
    // Browsers send the one with the longer path first.
    expect(await status([`Cookie: ${name}=${randomSecret()}; ${cookie}`])).toBe(200);
    expect(await status([`Cookie: ${cookie}; ${name}=${randomSecret()}`])).toBe(200);
    expect(await status([`Cookie: ${name}=${randomSecret()}`])).toBe(401);
  });

  it("that came over TLS is not pushed aside by one that did not", async () => {
    const [admin, viewer] = [await signIn(signed.admin), await signIn(signed.viewer)];
    expect(await status([`Cookie: ${viewer}; __Host-${admin}`])).toBe(200);
    // Where there is one, the other says nothing.
    const name = admin.split("=")[0] ?? "";
    expect(await status([`Cookie: ${admin}; __Host-${name}=${randomSecret()}`])).toBe(401);
  });

  it("of before is worth nothing once the browser signed in again", async () => {
    const before = await signIn(signed.admin);
    const after = await signIn(signed.viewer, before);
    expect(await status([`Cookie: ${before}`])).toBe(401);
    expect(await status([`Cookie: ${after}`])).toBe(403);
  });

  it("of another port of this host says nothing", async () => {
    const cookie = await signIn(signed.admin);
    const [, secret = ""] = cookie.split("=");
    expect(await status([`Cookie: ipfs-kit-1=${secret}`])).toBe(401);
    expect(await status([`Cookie: ipfs-kit=${secret}`])).toBe(401);
  });

  it("says nothing on the gateway", async () => {
    await using inside = await startSigned({ gatewayHost: "0.0.0.0" });
    const port = Number(new URL(inside.server.gatewayUrl ?? "").port);
    const cookie = await signIn(inside.viewer, "", inside.url);
    const [, secret = ""] = cookie.split("=");
    const path = "/ipfs/bafkqaaa";
    expect(await status([`Cookie: ${cookie}`], { path, port })).toBe(401);
    expect(await status([`Cookie: ipfs-kit-${port}=${secret}`], { path, port })).toBe(401);
    expect(await status([`Authorization: Bearer ${inside.viewer}`], { path, port })).toBe(200);
  });
});

describe("where somebody says they come from", () => {
  it("counts for nothing without a trusted proxy, however often it is said", async () => {
    await using limited = await startSigned({ rateLimit: 1 });
    const { port } = limited;
    const statuses: number[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      const lines = [
        `X-Forwarded-For: 192.0.2.${tries}`,
        `X-Forwarded-For: 198.51.100.${tries}`,
        `Forwarded: for=192.0.2.${tries}`,
        `X-Real-IP: 192.0.2.${tries}`,
      ];
      statuses.push(await status(lines, { port }));
    }
    expect(statuses).toContain(429);
  });

  it("is what the proxy wrote last, in however many headers", async () => {
    await using limited = await startSigned({ rateLimit: 1, trustedProxies: ["127.0.0.1"] });
    const { port } = limited;
    const statuses: number[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      const lines = [`X-Forwarded-For: 192.0.2.${tries}`, "x-forwarded-for: 198.51.100.7"];
      statuses.push(await status(lines, { port }));
    }
    expect(statuses).toContain(429);
  });
});

describe("a server without tokens", () => {
  it("does not start behind a proxy: who comes through it is no local user", async () => {
    const init = { port: 0, isolation: true, trustedProxies: ["127.0.0.1"] };
    await expect(createServer(init).start()).rejects.toThrow(/--trusted-proxy.*token/);
    await using open = createServer({ ...init, insecureNoAuth: true });
    await open.start();
    expect((await fetch(`${open.url}/api/v0/pins`)).status).toBe(200);
  });

  it.each<[ServerInit, boolean]>([
    [{}, false],
    [{ insecureNoAuth: true }, false],
    [{ insecureNoAuth: true, host: "0.0.0.0" }, true],
    [{ insecureNoAuth: true, trustedProxies: ["10.0.0.0/8"] }, true],
    [{ rateLimit: 300 }, true],
  ])("limits everybody where others may reach it: %j is %j", (init, isLimited) => {
    const edge = new Edge(init, { folder: "/nowhere", logger: noopLogger });
    edge.control.listensOn(8000);
    const ask = () => {
      const incoming = new IncomingMessage(new Socket());
      incoming.url = "/api/v0/pins";
      incoming.headers["host"] = "127.0.0.1:8000";
      incoming.rawHeaders = ["Host", "127.0.0.1:8000"];
      return edge.control.admit(incoming).error;
    };
    const errors = Array.from({ length: 2_000 }, ask).filter((error) => error !== undefined);
    expect(errors.length > 0).toBe(isLimited);
  });
});
