import type { IncomingMessage } from "node:http";

import { IpfsKitError } from "@ipfs-kit/core";

import { hostInUrl } from "./names.ts";

/** Methods that change nothing, as RFC 9110 has it. */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** The part of a request the guard looks at. */
export type GuardedRequest = Pick<IncomingMessage, "method" | "url" | "headers" | "rawHeaders">;

export interface GuardInit {
  /** The address listened on: it may be named in `Host` too. */
  host: string;
  /** Further `Host` values: `name` (alone or with the port listened on) or `name:port`. */
  allowHosts: readonly string[];
  /** Origins whose pages may use the API. */
  allowOrigins: readonly string[];
  /** Any page may read: what is here is public. @default false */
  publicReads?: boolean;
}

export type GuardVerdict =
  | {
      allowed: true;
      /** The allow-listed origin of another site that asks, for the CORS headers. */
      foreignOrigin: string | undefined;
    }
  | { allowed: false; error: IpfsKitError };

/**
 * Decides who may talk to this server at all, before anything else runs, on requests and upgrades
 * alike: the `Host` must be one of ours (DNS rebinding), a page that asks must be of our own origin
 * or an allowed one (cross-site requests and WebSockets). It never looks at the path, so that no
 * spelling of a path can change the decision.
 */
export class Guard {
  /** Until {@link listensOn} is called nothing is allowed. */
  #hosts: ReadonlySet<string> = new Set();
  #origins: ReadonlySet<string>;
  #init: GuardInit;
  #port: number | undefined;

  constructor(init: GuardInit) {
    this.#init = init;
    this.#origins = new Set(init.allowOrigins);
  }

  /** Names the port that was bound; `Host` carries it. */
  listensOn(port: number): void {
    this.#port = port;
    this.#hosts = hostsOf(this.#init, port);
  }

  /** Other names and origins from the next request on; absent lists stay as they are. */
  update({
    allowHosts,
    allowOrigins,
  }: Partial<Pick<GuardInit, "allowHosts" | "allowOrigins">>): void {
    this.#init = {
      ...this.#init,
      allowHosts: allowHosts ?? this.#init.allowHosts,
      allowOrigins: allowOrigins ?? this.#init.allowOrigins,
    };
    this.#origins = new Set(this.#init.allowOrigins);
    if (this.#port !== undefined) this.#hosts = hostsOf(this.#init, this.#port);
  }

  /** Whether other origins may be allowed at all; answers then vary by origin. */
  get allowsForeignOrigins(): boolean {
    return this.#origins.size > 0;
  }

  check({ method = "GET", url = "/", headers, rawHeaders }: GuardedRequest): GuardVerdict {
    const host = headers.host?.toLowerCase() ?? "";
    if (!this.#hosts.has(host) || countHosts(rawHeaders) !== 1) {
      return refused("host_not_allowed", HOST_REFUSED);
    }
    // RFC 9112 lets a client name the host in the request line too; it must be the same one.
    if (!url.startsWith("/") && url !== "*" && !namesHost(url, host)) {
      return refused("host_not_allowed", HOST_REFUSED);
    }
    const changesState = !SAFE_METHODS.has(method) || headers.upgrade !== undefined;
    if (this.#init.publicReads === true && !changesState) return ALLOWED;
    const { origin } = headers;
    if (origin !== undefined && this.#origins.has(origin)) {
      return { allowed: true, foreignOrigin: origin };
    }
    const ownPage = origin === undefined || origin === `http://${host}`;
    const fromElsewhere = ELSEWHERE.test(headers["sec-fetch-site"] ?? "");
    return ownPage && !(changesState && fromElsewhere)
      ? ALLOWED
      : refused("origin_not_allowed", ORIGIN_REFUSED);
  }
}

const ALLOWED: GuardVerdict = { allowed: true, foreignOrigin: undefined };
/** `Sec-Fetch-Site` of a page that is not ours; another port of this machine is `same-site`. */
const ELSEWHERE = /^(?:cross|same)-site$/;
const HOST_REFUSED =
  "This server does not answer to that Host. Use its own address, or start it with --allow-host.";
const ORIGIN_REFUSED =
  "Pages of another origin may not use this server, unless it is started with --allow-origin.";

function refused(code: "host_not_allowed" | "origin_not_allowed", message: string): GuardVerdict {
  return { allowed: false, error: new IpfsKitError(code, message) };
}

/** Every `Host` that a listener on that port answers to. */
function hostsOf({ host, allowHosts }: GuardInit, port: number): Set<string> {
  const hosts = new Set(allowHosts);
  for (const name of ["127.0.0.1", "[::1]", "localhost", hostInUrl(host).toLowerCase()]) {
    hosts.add(`${name}:${port}`);
    if (port === 80) hosts.add(name);
  }
  for (const name of allowHosts) if (!/:\d+$/.test(name)) hosts.add(`${name}:${port}`);
  return hosts;
}

/** Node keeps the first of several; a proxy before us may have looked at another one. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === "host") count += 1;
  }
  return count;
}

function namesHost(target: string, host: string): boolean {
  const url = URL.parse(target);
  const isPlain = url?.username === "" && url.password === "";
  return isPlain && url.protocol === "http:" && url.host === host;
}
