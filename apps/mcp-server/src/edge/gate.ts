import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

import { type Access, assertAccess, type Caller } from "./access.ts";
import type { Authenticator, Identity } from "./authenticator.ts";
import { addressKey, type ClientAddress } from "./client-address.ts";
import type { Guard } from "./guard.ts";
import { HttpError } from "./http-error.ts";
import { RateLimiter } from "./rate-limiter.ts";

export interface GateInit {
  guard: Guard;
  authenticator: Authenticator;
  clients: ClientAddress;
  limiter: RateLimiter;
  /** Whether the limit counts for those who are operators because there is no token. */
  limitsOpen: () => boolean;
  /** What every request needs here, whatever route it takes. @default `public`: routes ask for themselves */
  access?: Access | undefined;
}

/** What the gate found out about a request. */
export interface Admission {
  /** Why it is not served. */
  error?: Error;
  /** Absent for a stranger. */
  caller?: Caller | undefined;
  /** The allow-listed origin of another site that asks. */
  foreignOrigin?: string | undefined;
}

/** Asked often by those who watch over us, and cheap; limited they would call us dead. */
const UNLIMITED_PATHS: ReadonlySet<string | undefined> = new Set([
  "/livez",
  "/readyz",
  "/health",
  "/api/v0/health",
]);
/** Wrong tokens of one address. */
const FAILURES = { perSecond: 1, burst: 20 };

/** Whoever a connection comes from. */
interface Client {
  /** Its address or its network. */
  key: string;
  /** What they are while everybody is an operator. */
  local: Caller;
  /** The token this connection sent last, and whose it is: most send the same one every time. */
  shown?: string;
  caller?: Caller;
}

/**
 * Everything asked of a request before a route is looked for, in one go, for requests and upgrades
 * alike: may this host and page talk to us at all, who is it, is it too much. What a route needs is
 * asked by the route: so no spelling of a path can change the answer.
 */
export class Gate {
  readonly #init: GateInit;
  readonly #failures = new RateLimiter(FAILURES);
  readonly #clients = new WeakMap<Socket, Client>();

  constructor(init: GateInit) {
    this.#init = init;
  }

  /** @param isUpgrade the connection itself is asked for, not an answer */
  admit(request: IncomingMessage, isUpgrade = false): Admission {
    const { guard, limiter, limitsOpen, access } = this.#init;
    const verdict = guard.check(request);
    if (!verdict.allowed) return { error: verdict.error };
    const { foreignOrigin } = verdict;
    const client = this.#clientOf(request);
    const { caller, failed } = this.#identify(request, client, isUpgrade);
    const tooOften = failed ? this.countFailure(request) : undefined;
    if (tooOften !== undefined) return { error: tooOften, foreignOrigin };
    const isUnlimited =
      UNLIMITED_PATHS.has(request.url) || (caller === client.local && !limitsOpen());
    const waitMs = isUnlimited ? 0 : limiter.take((caller ?? client).key);
    if (waitMs > 0) return { error: tooMany("requests", waitMs), foreignOrigin };
    if (access !== undefined) {
      try {
        assertAccess(caller, access);
      } catch (error) {
        if (error instanceof Error) return { error, foreignOrigin };
        throw error;
      }
    }
    return { caller, foreignOrigin };
  }

  /** Counts a wrong token of that client. @returns what to answer when there were too many */
  countFailure(request: IncomingMessage): HttpError | undefined {
    const waitMs = this.#failures.take(this.#clientOf(request).key);
    return waitMs > 0 ? tooMany("wrong tokens", waitMs) : undefined;
  }

  /** Whether answers differ by the origin that asks. */
  get allowsForeignOrigins(): boolean {
    return this.#init.guard.allowsForeignOrigins;
  }

  /** Names the port that was bound. */
  listensOn(port: number): void {
    this.#init.guard.listensOn(port);
    this.#init.authenticator.listensOn(port);
  }

  /** Under what the client of a request is counted: its address, or its network. */
  clientKey(request: IncomingMessage): string {
    return this.#clientOf(request).key;
  }

  #identify(request: IncomingMessage, client: Client, isUpgrade: boolean): Identity {
    const { authenticator } = this.#init;
    const shown = request.headers.authorization;
    const { caller } = client;
    // Compared only with what the same connection has sent: that tells nobody anything.
    const isKnown = shown !== undefined && shown === client.shown && caller?.isCurrent() === true;
    if (isKnown && !authenticator.isOpen) return { caller, failed: false };
    const identity = authenticator.identify(request, client.local, isUpgrade);
    if (shown !== undefined && identity.caller !== undefined && !authenticator.isOpen) {
      client.shown = shown;
      client.caller = identity.caller;
    }
    return identity;
  }

  #clientOf(request: IncomingMessage): Client {
    const { clients, authenticator } = this.#init;
    const known = clients.variesByRequest ? undefined : this.#clients.get(request.socket);
    if (known !== undefined) return known;
    const key = addressKey(clients.of(request));
    const local: Caller = { role: "operator", key, isCurrent: () => authenticator.isOpen };
    const client: Client = { key, local };
    if (!clients.variesByRequest) this.#clients.set(request.socket, client);
    return client;
  }
}

function tooMany(what: string, waitMs: number): HttpError {
  const seconds = Math.ceil(waitMs / 1000);
  return new HttpError("rate_limited", `Too many ${what}: come again in ${seconds} s.`, {
    headers: { "retry-after": String(seconds) },
  });
}
