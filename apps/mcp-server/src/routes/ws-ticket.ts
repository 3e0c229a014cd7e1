import { wsTicketSchema } from "@ipfs-kit/core/wire";

import { assertAccess } from "../edge/access.ts";
import { TICKET_SECONDS, type Tickets } from "../edge/tickets.ts";
import { defineRoute, type Route } from "./route.ts";

export interface WsTicketComponents {
  tickets: Pick<Tickets, "issue">;
}

/** `POST /api/v0/ws-ticket`: browsers cannot send a token with a WebSocket. */
export function wsTicketRoute({ tickets }: WsTicketComponents): Route {
  return defineRoute({
    method: "POST",
    path: "/api/v0/ws-ticket",
    operationId: "createWsTicket",
    tag: "access",
    summary: "A ticket to open a WebSocket with",
    description:
      'For pages of another origin: `new WebSocket(url, ["ipfs-kit.v1", ticket])`. It works once, within 30 seconds, and opens what the caller may open.',
    access: "viewer",
    responses: {
      200: {
        description: "The ticket.",
        schema: wsTicketSchema,
        example: {
          ticket: "ticket.ThisIsNoRealTicketItOnlyShowsHowLongOneIs12",
          expires_in_seconds: TICKET_SECONDS,
        },
      },
    },
    handler: ({ c }) => {
      const { principal } = c.env;
      assertAccess(principal, "viewer");
      return {
        status: 200,
        body: { ticket: tickets.issue(principal), expires_in_seconds: TICKET_SECONDS },
      };
    },
  });
}
