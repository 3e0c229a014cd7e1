import type { IncomingMessage } from "node:http";

import type { Caller } from "./access.ts";
import type { Sessions } from "./sessions.ts";
import { isTicket, protocolsOf, type Tickets } from "./tickets.ts";
import type { TokenStore } from "./token-store.ts";

export interface AuthenticatorInit {
  tokens: Pick<TokenStore, "find" | "isNeeded">;
  /** @default cookies count for nothing here */
  sessions?: Sessions | undefined;
  /** @default there are no WebSockets here */
  tickets?: Tickets | undefined;
  /** Who reaches this listener may do what an operator may, until there is a token. */
  opensWithoutTokens: boolean;
}

/** What a request says of who sent it. */
export interface Identity {
  /** Absent for a stranger. */
  caller: Caller | undefined;
  /** It showed something, and that was not good. */
  failed: boolean;
}

const BEARER = /^bearer +(?<token>\S+) *$/i;

/** Finds out who sends a request: a token, the cookie of a browser that signed in, or a ticket. */
export class Authenticator {
  readonly #init: AuthenticatorInit;

  constructor(init: AuthenticatorInit) {
    this.#init = init;
  }

  /** Whether everybody here is an operator. */
  get isOpen(): boolean {
    return this.#init.opensWithoutTokens && !this.#init.tokens.isNeeded;
  }

  /** Names the port that was bound. */
  listensOn(port: number): void {
    this.#init.sessions?.listensOn(port);
  }

  /**
   * @param local who it is while everybody is an operator
   * @param isUpgrade a WebSocket is about to be opened: tickets count there alone
   */
  identify(
    request: Pick<IncomingMessage, "method" | "headers">,
    local: Caller,
    isUpgrade: boolean,
  ): Identity {
    const { tokens, sessions, tickets } = this.#init;
    const { headers } = request;
    const session =
      headers.cookie !== undefined && isOwnPage(request) ? sessions?.find(headers) : undefined;
    if (this.isOpen) return { caller: session ?? local, failed: false };
    if (headers.authorization !== undefined) {
      const token = BEARER.exec(headers.authorization)?.groups?.["token"];
      return identityOf(token === undefined ? undefined : tokens.find(token));
    }
    if (isUpgrade && protocolsOf(headers).some(isTicket)) {
      return identityOf(tickets?.take(headers));
    }
    // A cookie from before a restart is no attempt at anything.
    return { caller: session, failed: false };
  }
}

function identityOf(caller: Caller | undefined): Identity {
  return { caller, failed: caller === undefined };
}

const SAFE_METHODS: ReadonlySet<string | undefined> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Browsers send cookies along whoever's page asks, also one of another port of this host. What
 * changes something must therefore be known to come from our own page.
 */
function isOwnPage({ method, headers }: Pick<IncomingMessage, "method" | "headers">): boolean {
  const { host, origin, "sec-fetch-site": site } = headers;
  if (site === "cross-site" || site === "same-site") return false;
  if (origin !== undefined) return origin === `http://${host}` || origin === `https://${host}`;
  return site === "same-origin" || (SAFE_METHODS.has(method) && headers.upgrade === undefined);
}
