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

/** The header that says who we are. */
export function authorizationOf(auth: KuboAuth | undefined): string | undefined {
  if (auth === undefined) return undefined;
  if (auth.type === "bearer") return `Bearer ${auth.token}`;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}`;
}

const HOST_PROTOCOLS = new Set(["ip4", "ip6", "dns", "dns4", "dns6"]);
const SECURE = new Set(["https", "tls/http"]);
const PLAIN = new Set(["", "http"]);

function urlOfMultiaddr(text: string): string {
  const [, family = "", host = "", transport, port = "", ...rest] = text
    .replace(/\/+$/, "")
    .split("/");
  const tail = rest.join("/");
  const isKnown = HOST_PROTOCOLS.has(family) && transport === "tcp" && /^\d{1,5}$/.test(port);
  if (!isKnown || host === "" || !(PLAIN.has(tail) || SECURE.has(tail))) {
    throw invalid(text, "of multiaddrs, those like /ip4/127.0.0.1/tcp/5001 are understood");
  }
  const name = family === "ip6" ? `[${host}]` : host;
  return `${SECURE.has(tail) ? "https" : "http"}://${name}:${port}`;
}

function invalid(shown: string, why: string): IpfsKitError {
  const text = shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
  return new IpfsKitError("invalid_request", `"${text}" is no address of a Kubo API: ${why}.`);
}
