import type { IncomingHttpHeaders } from "node:http";

import type { Caller } from "./access.ts";
import { SecretMap } from "./secret-map.ts";

export const TICKET_SECONDS = 30;
const MAX_TICKETS = 1_000;
/** Before a ticket, in the list of subprotocols. */
const PREFIX = "ticket.";

/**
 * One-time tickets for WebSockets. A browser cannot send a token with an upgrade: it asks for a ticket,
 * and names it as a second subprotocol: `new WebSocket(url, ["ipfs-kit.v1", "ticket.<secret>"])`.
 */
export class Tickets {
  readonly #callers = new SecretMap<Caller>({ lifeMs: TICKET_SECONDS * 1000, max: MAX_TICKETS });

  /** @returns the subprotocol to send, good once and for 30 seconds */
  issue(caller: Caller): string {
    return PREFIX + this.#callers.add(caller, caller.key);
  }

  /** Uses up the ticket of an upgrade. @returns who asked for it */
  take(headers: IncomingHttpHeaders): Caller | undefined {
    const ticket = protocolsOf(headers).find(isTicket);
    const caller =
      ticket === undefined ? undefined : this.#callers.take(ticket.slice(PREFIX.length));
    return caller?.isCurrent() === true ? caller : undefined;
  }
}

/** The subprotocols a client offers, as they were written. */
export function protocolsOf(headers: IncomingHttpHeaders): string[] {
  return headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim()) ?? [];
}

export function isTicket(protocol: string): boolean {
  return protocol.startsWith(PREFIX);
}
