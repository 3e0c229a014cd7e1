/**
 * Who may do what, as a table: which route needs what, which hosts and origins there are, and the
 * rules in their order. `edge-matrix.test.ts` asks a real server every combination.
 */

type Need = "nothing" | "viewer" | "operator" | "admin";

export interface RouteRow {
  name: string;
  method: string;
  path: string;
  needs: Need;
  /** A page of another site may not even cause it: it changes something, or opens a socket. */
  changes: boolean;
  upgrades?: boolean;
}

const read = (path: string, needs: Need): RouteRow => {
  return { name: `GET ${path}`, method: "GET", path, needs, changes: false };
};
const change = (method: string, path: string, needs: Need): RouteRow => {
  return { name: `${method} ${path}`, method, path, needs, changes: true };
};
const socket = (path: string, needs: Need): RouteRow => {
  return { name: `upgrade ${path}`, method: "GET", path, needs, changes: true, upgrades: true };
};

export const ROUTES: readonly RouteRow[] = [
  read("/livez", "nothing"),
  read("/dashboard/", "nothing"),
  read("/api/v0/session", "nothing"),
  read("/api/v0/health", "viewer"),
  read("/api/v0/pins", "viewer"),
  read("/nothing", "viewer"),
  read("/api/v0/tokens", "admin"),
  // Kubo's API is all POST; browsers must not be made to call it from elsewhere.
  change("POST", "/api/v0/version", "viewer"),
  change("POST", "/api/v0/pin/rm?arg=bafkqaaa", "operator"),
  change("PATCH", "/api/v0/metadata/bafkqaaa", "operator"),
  change("POST", "/api/v0/ws-ticket", "viewer"),
  change("DELETE", "/api/v0/tokens/0123456789abcdef", "admin"),
  socket("/ws/webrtc", "viewer"),
  socket("/ws/nothing", "viewer"),
];

export interface HostRow {
  text: string;
  isOurs: boolean;
}

/** @param port the one listened on. `kit.example` is given with `--allow-host`. */
export function hosts(port: number): HostRow[] {
  const ours = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, "kit.example"];
  const others = [
    "",
    "127.0.0.1",
    "127.0.0.1:1",
    `127.1:${port}`,
    `2130706433:${port}`,
    `0.0.0.0:${port}`,
    `evil.example:${port}`,
    `127.0.0.1:${port}.evil.example`,
    `localhost.:${port}`,
    "sub.kit.example",
    `evil.example:${port}@127.0.0.1:${port}`,
  ];
  return [
    ...ours.map((text) => ({ text, isOurs: true })),
    ...others.map((text) => ({ text, isOurs: false })),
  ];
}

export interface OriginRow {
  name: string;
  /** What the browser says of the page that asks; no page, no header. */
  headers: { origin?: string; "sec-fetch-site"?: string };
  /** Given with `--allow-origin`. */
  isAllowed?: boolean;
}

/** @param port the one listened on */
export function origins(port: number): OriginRow[] {
  const texts = [
    `http://127.0.0.1:${port}`,
    `http://localhost:${port}`,
    "http://kit.example",
    `https://127.0.0.1:${port}`,
    "http://127.0.0.1:1",
    `http://127.0.0.1:${port}.evil.example`,
    "https://evil.example",
    "null",
    "https://app.example.evil.example",
    "HTTPS://APP.EXAMPLE",
  ];
  return [
    { name: "no browser", headers: {} },
    { name: "typed by a person", headers: { "sec-fetch-site": "none" } },
    { name: "a link on another site", headers: { "sec-fetch-site": "cross-site" } },
    { name: "another port of this host", headers: { "sec-fetch-site": "same-site" } },
    {
      name: "an allowed page",
      headers: { origin: "https://app.example", "sec-fetch-site": "cross-site" },
      isAllowed: true,
    },
    ...texts.map((origin) => ({ name: origin, headers: { origin } })),
  ];
}

export const CALLERS = [
  "no token",
  "viewer",
  "operator",
  "admin",
  "expired",
  "forged",
  "an operator's cookie",
  "an operator's ticket",
] as const;

export type CallerName = (typeof CALLERS)[number];

export interface Case {
  route: RouteRow;
  host: HostRow;
  origin: OriginRow;
  caller: CallerName;
}

export type Decision =
  | "host_not_allowed"
  | "origin_not_allowed"
  | "unauthenticated"
  | "forbidden"
  | "served";

/** From the top; the first that holds decides. */
const RULES: readonly [holds: (one: Case) => boolean, decision: Decision][] = [
  [({ host }) => !host.isOurs, "host_not_allowed"],
  [isForeignPage, "origin_not_allowed"],
  [({ route, origin }) => route.changes && isElsewhere(origin), "origin_not_allowed"],
  [({ route }) => route.needs === "nothing", "served"],
  [(one) => rankOf(one) === 0, "unauthenticated"],
  [(one) => rankOf(one) < RANKS.indexOf(one.route.needs), "forbidden"],
  [() => true, "served"],
];

export function decisionFor(one: Case): Decision {
  const [, decision = "served"] = RULES.find(([holds]) => holds(one)) ?? [];
  return decision;
}

const RANKS: readonly string[] = ["nothing", "viewer", "operator", "admin"];
const OPERATOR = RANKS.indexOf("operator");

/** Who shows no token, or one that is not good, ranks with strangers. */
function rankOf(one: Case): number {
  const { caller, route } = one;
  if (caller === "an operator's cookie") return isKnownOwnPage(one) ? OPERATOR : 0;
  if (caller === "an operator's ticket") return route.upgrades === true ? OPERATOR : 0;
  return Math.max(0, RANKS.indexOf(caller));
}

/** A browser sends the cookie whoever asks. To change something it must say that our page does. */
function isKnownOwnPage({ route, host, origin: { headers } }: Case): boolean {
  if (headers.origin !== undefined) return headers.origin === `http://${host.text}`;
  return !route.changes && ["none", undefined].includes(headers["sec-fetch-site"]);
}

/** A page is ours when its origin is the host that was asked, over plain HTTP as we serve it. */
function isForeignPage({ host, origin: { headers, isAllowed = false } }: Case): boolean {
  const { origin } = headers;
  return origin !== undefined && !isAllowed && origin !== `http://${host.text}`;
}

function isElsewhere({ headers, isAllowed = false }: OriginRow): boolean {
  return !isAllowed && ["cross-site", "same-site"].includes(headers["sec-fetch-site"] ?? "");
}
