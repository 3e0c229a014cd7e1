import { validateHeaderValue } from "node:http";
import { isIPv4, isIPv6 } from "node:net";

import { IpfsKitError } from "@ipfs-kit/core";

/** How Kubo knows us (`API.Authorizations` in its configuration). */
export type KuboAuth =
  | { type: "basic"; username: string; password: string }
  | { type: "bearer"; token: string };

const API_PATH = "/api/v0";

/**
 * Reads the address of a Kubo API: a URL, or a multiaddr such as `/ip4/127.0.0.1/tcp/5001`. Where
 * requests go is decided here and nowhere else: no answer and no CID can change it.
 *
 * @throws IpfsKitError `invalid_request`
 */
export function parseApiAddress(text: string): URL {
  const written = text.startsWith("/") ? urlOfMultiaddr(text) : text;
  if (!URL.canParse(written)) throw invalid(text, "it is neither a URL nor a multiaddr");
  const url = new URL(written);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw invalid(url.href, "only http and https are spoken");
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid(url.host, "a secret has no place in an address, give it as `auth`");
  }
  if (url.search !== "" || url.hash !== "") throw invalid(url.host, "it has a query or a fragment");
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = path.endsWith(API_PATH) ? path : `${path}${API_PATH}`;
  return url;
}

/**
 * The header that says who we are.
 *
 * @throws IpfsKitError `invalid_request` for a token that no header can hold
 */
export function authorizationOf(auth: KuboAuth | undefined): string | undefined {
  if (auth === undefined) return undefined;
  if (auth.type === "basic") {
    return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}`;
  }
  const value = `Bearer ${auth.token}`;
  try {
    validateHeaderValue("authorization", value);
  } catch {
    throw new IpfsKitError("invalid_request", "The token of `auth` cannot stand in a header.");
  }
  return value;
}

/** What may stand behind each, so that a part of the address cannot pass for another. */
const HOSTS: Readonly<Record<string, (host: string) => boolean>> = {
  ip4: isIPv4,
  ip6: (host) => isIPv6(host) && !host.includes("%"),
  dns: isHostName,
  dns4: isHostName,
  dns6: isHostName,
};
const SECURE = new Set(["https", "tls/http"]);
const PLAIN = new Set(["", "http"]);

function urlOfMultiaddr(text: string): string {
  const [, family = "", host = "", transport, port = "", ...rest] = text
    .replace(/\/+$/, "")
    .split("/");
  const tail = rest.join("/");
  const isHost = Object.hasOwn(HOSTS, family) && HOSTS[family]?.(host) === true;
  const isKnown = isHost && transport === "tcp" && /^\d{1,5}$/.test(port);
  if (!isKnown || !(PLAIN.has(tail) || SECURE.has(tail))) {
    throw invalid(text, "of multiaddrs, those like /ip4/127.0.0.1/tcp/5001 are understood");
  }
  const name = family === "ip6" ? `[${host}]` : host;
  return `${SECURE.has(tail) ? "https" : "http"}://${name}:${port}`;
}

function isHostName(host: string): boolean {
  return /^[\w-]+(?:\.[\w-]+)*\.?$/.test(host);
}

/** What may be a secret is not shown: all up to an `@`, and a query. */
function invalid(given: string, why: string): IpfsKitError {
  const shown = given.replace(/^.*@/s, "…@").replace(/[?#].*$/s, "…");
  const text = shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
  return new IpfsKitError("invalid_request", `"${text}" is no address of a Kubo API: ${why}.`);
}
