import { problemSchema, wsTicketSchema } from "@ipfs-kit/core/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { makeToken } from "../../src/edge/token-text.ts";
import { overClients, type RawReply } from "../support/raw-client.ts";
import { type SignedServer, startSigned } from "../support/signed-server.ts";
import {
  type CallerName,
  CALLERS,
  type Case,
  decisionFor,
  hosts,
  origins,
  type RouteRow,
  ROUTES,
} from "./rules.ts";

let signed: SignedServer;
let cookie: string;
let unusedTicket: string;
beforeAll(async () => {
  signed = await startSigned({
    allowHosts: ["kit.example"],
    allowOrigins: ["https://app.example"],
    // Each case is somebody else, as wrong tokens of one address are limited.
    trustedProxies: ["127.0.0.1"],
    rateLimit: 0,
  });
  cookie = await signIn();
  unusedTicket = await makeTicket();
});
afterAll(async () => signed[Symbol.asyncDispose]());

const WEBSOCKET = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

async function signIn(): Promise<string> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ token: signed.operator });
  const answer = await fetch(`${signed.url}/api/v0/session`, { method: "POST", headers, body });
  return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
}

async function makeTicket(): Promise<string> {
  const headers = { authorization: `Bearer ${signed.operator}` };
  const answer = await fetch(`${signed.url}/api/v0/ws-ticket`, { method: "POST", headers });
  return wsTicketSchema.parse(await answer.json()).ticket;
}

/** What a caller shows of who they are. */
async function shownBy(caller: CallerName, route: RouteRow): Promise<Record<string, string>> {
  if (caller === "no token") return {};
  if (caller === "an operator's cookie") return { Cookie: cookie };
  if (caller === "an operator's ticket") {
    const ticket = route.upgrades === true ? await makeTicket() : unusedTicket;
    return { "Sec-WebSocket-Protocol": `ipfs-kit.v1, ${ticket}` };
  }
  const token = caller === "forged" ? makeToken().text : signed[caller];
  return { Authorization: `Bearer ${token}` };
}

async function requestText({ route, host, origin, caller }: Case, index: number): Promise<string> {
  const headers = {
    Host: host.text,
    "X-Forwarded-For": `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    ...origin.headers,
    ...(await shownBy(caller, route)),
    ...(route.upgrades === true ? WEBSOCKET : { "Content-Length": "0" }),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${route.method} ${route.path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

const REFUSALS: ReadonlySet<string> = new Set([
  "host_not_allowed",
  "origin_not_allowed",
  "unauthenticated",
  "forbidden",
]);

function decisionOf({ status, body }: RawReply): string {
  if (status < 400) return "served";
  const json: unknown = JSON.parse(body);
  const problem = problemSchema.safeParse(json);
  // Kubo's commands answer failures in Kubo's words, with the code under another name.
  const code = problem.success ? problem.data.code : errorCodeIn(json);
  if (status === 429 || status === 500) return REFUSALS.has(code) ? code : `${status} ${body}`;
  return REFUSALS.has(code) ? code : "served";
}

function errorCodeIn(json: unknown): string {
  return typeof json === "object" && json !== null && "error_code" in json
    ? String(json.error_code)
    : "";
}

describe("the edge", () => {
  it(
    "decides every combination of route, host, origin and token by the rules",
    { timeout: 180_000 },
    async () => {
      const cases: Case[] = [];
      for (const route of ROUTES) {
        for (const host of hosts(signed.port)) {
          for (const origin of origins(signed.port)) {
            for (const caller of CALLERS) cases.push({ route, host, origin, caller });
          }
        }
      }
      expect(cases).toHaveLength(14 * 15 * 15 * 8);
      const deviations: string[] = [];
      const seen = new Map<string, number>();
      await overClients(signed.port, [...cases.entries()], async (client, [index, one]) => {
        const reply = await client.ask(await requestText(one, index));
        const expected = decisionFor(one);
        const decision = decisionOf(reply);
        seen.set(decision, (seen.get(decision) ?? 0) + 1);
        const isReadable = one.origin.isAllowed === true && one.host.isOurs;
        const shared = reply.headers.get("access-control-allow-origin");
        const isShared =
          one.route.upgrades === true ? null : isReadable ? one.origin.headers.origin : null;
        if (decision !== expected || shared !== isShared) {
          const { route, host, origin, caller } = one;
          deviations.push(
            `${route.name} | ${host.text} | ${origin.name} | ${caller}: ${decision}, not ${expected} (${reply.status}, ${shared})`,
          );
        }
      });
      expect(deviations).toEqual([]);
      // Every kind of decision was met, so that no rule is there for nothing.
      expect([...seen.keys()].toSorted()).toEqual([...REFUSALS, "served"].toSorted());
    },
  );
});
