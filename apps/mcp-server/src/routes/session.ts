import type { IncomingMessage } from "node:http";

import { IpfsKitError } from "@ipfs-kit/core";
import { sessionSchema, type SignIn, signInSchema } from "@ipfs-kit/core/wire";

import type { Gate } from "../edge/gate.ts";
import type { Sessions } from "../edge/sessions.ts";
import type { TokenStore } from "../edge/token-store.ts";
import { defineRoute, type Route } from "./route.ts";

export interface SessionComponents {
  tokens: Pick<TokenStore, "find" | "isNeeded" | "takeLogin">;
  sessions: Pick<Sessions, "signIn" | "signInByCode" | "signOut">;
  /** Counts what was wrong. */
  gate: Pick<Gate, "countFailure">;
}

/** `GET`, `POST` and `DELETE /api/v0/session`: signing in and out, for a browser. */
export function sessionRoutes({ tokens, sessions, gate }: SessionComponents): Route[] {
  const shared = { path: "/api/v0/session", tag: "access", access: "public" } as const;
  return [
    defineRoute({
      ...shared,
      method: "GET",
      operationId: "getSession",
      summary: "Who the server takes you for",
      responses: {
        200: {
          description: "Your role; without one you are a stranger.",
          schema: sessionSchema,
          example: { needs_token: true, role: "operator" },
        },
      },
      handler: ({ c }) => ({
        status: 200,
        body: { needs_token: tokens.isNeeded, role: c.env.principal?.role },
      }),
    }),
    defineRoute({
      ...shared,
      method: "POST",
      operationId: "signIn",
      summary: "Sign a browser in",
      description:
        "With a token, or with the code of a login link, which works once. The answer sets a cookie that scripts cannot read; it counts for pages of this server only, and for 12 hours at most.",
      body: signInSchema,
      responses: {
        200: {
          description: "Signed in.",
          schema: sessionSchema,
          example: { needs_token: true, role: "admin" },
          headers: { "Set-Cookie": "The session." },
        },
      },
      errors: ["unauthenticated", "data_directory", "timeout"],
      handler: async ({ body, c }) => {
        const { role, cookie } = await signIn(body, c.env.incoming);
        const answer = { needs_token: tokens.isNeeded, role };
        return { status: 200, body: answer, headers: { "set-cookie": cookie } };
      },
    }),
    defineRoute({
      ...shared,
      method: "DELETE",
      operationId: "signOut",
      summary: "Sign the browser out",
      responses: {
        204: {
          description: "The session is over; WebSockets it opened are closed with 4001.",
          headers: { "Set-Cookie": "Takes the cookie away." },
        },
      },
      handler: ({ c }) => ({
        status: 204,
        headers: { "set-cookie": sessions.signOut(c.env.incoming.headers) },
      }),
    }),
  ];

  async function signIn(shown: SignIn, incoming: IncomingMessage) {
    const { headers } = incoming;
    if ("token" in shown) {
      const token = tokens.find(shown.token.trim());
      if (token === undefined) throw refusal(incoming, "The server does not know this token.");
      return { role: token.role, cookie: sessions.signIn(token, headers) };
    }
    if (await tokens.takeLogin(shown.code)) return sessions.signInByCode(headers);
    throw refusal(incoming, "This link was used already, or is too old: ask for a new one.");
  }

  function refusal(incoming: IncomingMessage, message: string): Error {
    return gate.countFailure(incoming) ?? new IpfsKitError("unauthenticated", message);
  }
}
