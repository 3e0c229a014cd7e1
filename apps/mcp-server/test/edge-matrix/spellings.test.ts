import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { overClients, type RawClient, type RawReply } from "../support/raw-client.ts";
import { type SignedServer, startSigned } from "../support/signed-server.ts";
import { SPELLINGS } from "./spellings.ts";

let signed: SignedServer;
beforeAll(async () => {
  signed = await startSigned({ rateLimit: 0 });
});
afterAll(async () => signed[Symbol.asyncDispose]());

type Need = "nothing" | "viewer" | "operator" | "admin";

interface Served {
  method: string;
  path: string;
  needs: Need;
  /** Whether an answer to an admin can only have come from here. */
  isIt: (reply: RawReply) => boolean;
}

const has = (text: string) => (reply: RawReply) => reply.status < 300 && reply.body.includes(text);
const leadsTo = (location: string) => (reply: RawReply) =>
  reply.headers.get("location") === location;

/** The routes, each with what tells its answer from all others. */
const ROUTES: readonly Served[] = [
  {
    method: "GET",
    path: "/livez",
    needs: "nothing",
    isIt: ({ body }) => body === '{"status":"ok"}',
  },
  { method: "GET", path: "/readyz", needs: "nothing", isIt: has('"name":"process"') },
  { method: "GET", path: "/", needs: "nothing", isIt: leadsTo("/dashboard/") },
  { method: "GET", path: "/dashboard", needs: "nothing", isIt: leadsTo("/dashboard/") },
  {
    method: "GET",
    path: "/dashboard/",
    needs: "nothing",
    // It says so too when it is not built, or has no such file.
    isIt: ({ status, body, headers }) =>
      (headers.get("content-type") ?? "").startsWith("text/html") ||
      ([404, 503].includes(status) && body.includes("The dashboard ")),
  },
  { method: "GET", path: "/api/v0/session", needs: "nothing", isIt: has('"needs_token"') },
  { method: "GET", path: "/health", needs: "viewer", isIt: has('"components":[{"name":"content"') },
  {
    method: "GET",
    path: "/api/v0/health",
    needs: "viewer",
    isIt: has('"components":[{"name":"content"'),
  },
  { method: "GET", path: "/api/v0/pins", needs: "viewer", isIt: has('{"pins":') },
  { method: "GET", path: "/api/v0/metadata", needs: "viewer", isIt: has('{"items":') },
  { method: "GET", path: "/api/v0/exists/bafkqaaa", needs: "viewer", isIt: has('"exists":') },
  { method: "GET", path: "/api/v0/stats", needs: "viewer", isIt: has('"content_backend"') },
  { method: "GET", path: "/api/v0/tokens", needs: "admin", isIt: has('{"tokens":') },
  { method: "POST", path: "/api/v0/version", needs: "viewer", isIt: has('"Golang"') },
  { method: "POST", path: "/api/v0/repo/stat", needs: "viewer", isIt: has('"RepoSize"') },
  // Without the argument it changes nothing, and says so in words of its own.
  {
    method: "POST",
    path: "/api/v0/pin/rm",
    needs: "operator",
    isIt: ({ body }) => body.includes("ipfs-path"),
  },
  { method: "POST", path: "/api/v0/ws-ticket", needs: "viewer", isIt: has('"ticket"') },
];

const RANKS: readonly Need[] = ["nothing", "viewer", "operator", "admin"];

/** Not a request at all, or not one for this host: everybody is told so, before anything is asked. */
const REFUSED_TO_ALL = /target is malformed|not an HTTP\/1\.1 request|host_not_allowed/;

/** What the route needs that answered an admin; what is not there at all needs as much as looking does. */
async function needAt(client: RawClient, method: string, target: string, reply: RawReply) {
  if (REFUSED_TO_ALL.test(reply.body)) return "nothing";
  // The path is served by other methods: they tell which one it is.
  const shown = reply.status === 405 ? await ask(client, "GET", target, signed.admin) : reply;
  const by = reply.status === 405 ? "GET" : method;
  return ROUTES.find((route) => route.method === by && route.isIt(shown))?.needs ?? "viewer";
}

async function ask(client: RawClient, method: string, target: string, token?: string) {
  const host = `127.0.0.1:${signed.port}`;
  const authorization = token === undefined ? "" : `Authorization: Bearer ${token}\r\n`;
  return client.ask(
    `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${authorization}Content-Length: 0\r\n\r\n`,
  );
}

describe("a path", () => {
  it("has 200 spellings here, all different", () => {
    const spelled = SPELLINGS.map((spell) => spell("/api/v0/pins", "127.0.0.1:8000"));
    expect(new Set(spelled).size).toBeGreaterThanOrEqual(200);
  });

  it("leads to the same decision however it is spelled", { timeout: 180_000 }, async () => {
    const host = `127.0.0.1:${signed.port}`;
    const cases = ROUTES.flatMap((route) =>
      SPELLINGS.map((spell) => ({ route, target: spell(route.path, host) })),
    );
    const deviations: string[] = [];
    const found = new Map<Served, number>();
    await overClients(signed.port, cases, async (client, { route, target }) => {
      const { method } = route;
      const toAdmin = await ask(client, method, target, signed.admin);
      const toViewer = await ask(client, method, target, signed.viewer);
      const toStranger = await ask(client, method, target);
      if (route.isIt(toAdmin)) found.set(route, (found.get(route) ?? 0) + 1);
      const need = RANKS.indexOf(await needAt(client, method, target, toAdmin));
      const expected = [need > 0 ? 401 : toAdmin.status, need > 1 ? 403 : toAdmin.status];
      const statuses = [toStranger.status, toViewer.status];
      if (String(statuses) !== String(expected)) {
        deviations.push(
          `${method} ${JSON.stringify(target)}: ${String(statuses)}, not ${String(expected)}; admin ${toAdmin.status} ${toAdmin.body.slice(0, 60)}`,
        );
      }
    });
    expect(deviations).toEqual([]);
    // Each route was reached by more than its plain path.
    expect(ROUTES.filter((route) => (found.get(route) ?? 0) < 2).map(({ path }) => path)).toEqual(
      [],
    );
  });
});
