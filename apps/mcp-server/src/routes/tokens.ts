import {
  type NewToken,
  newTokenSchema,
  tokenInfoSchema,
  tokenListSchema,
  tokenParamsSchema,
  tokenWishSchema,
} from "@ipfs-kit/core/wire";

import { daysFromNow, type TokenStore } from "../edge/token-store.ts";
import { defineRoute, type Route } from "./route.ts";

export interface TokensComponents {
  tokens: Pick<TokenStore, "create" | "list" | "revoke">;
}

/** `GET` and `POST /api/v0/tokens`, `DELETE /api/v0/tokens/{id}`: for those who manage the server. */
export function tokensRoutes({ tokens }: TokensComponents): Route[] {
  return [
    defineRoute({
      method: "GET",
      path: "/api/v0/tokens",
      operationId: "listTokens",
      tag: "access",
      summary: "Who may use the server",
      access: "admin",
      responses: {
        200: {
          description: "Every token, oldest first, without its secret.",
          schema: tokenListSchema,
          example: { tokens: [INFO] },
        },
      },
      handler: () => ({ status: 200, body: { tokens: tokens.list() } }),
    }),
    defineRoute({
      method: "POST",
      path: "/api/v0/tokens",
      operationId: "createToken",
      tag: "access",
      summary: "Let somebody in",
      access: "admin",
      body: tokenWishSchema,
      responses: {
        201: {
          description: "The token. It is told here and never again.",
          schema: newTokenSchema,
          example: EXAMPLE,
        },
      },
      errors: ["limit_exceeded", "data_directory", "timeout"],
      handler: async ({ body: { name, role, expires_in_days: days } }) => {
        const { text, info } = await tokens.create({ name, role, expiresAt: daysFromNow(days) });
        return { status: 201, body: { ...info, token: text } };
      },
    }),
    defineRoute({
      method: "DELETE",
      path: "/api/v0/tokens/{id}",
      operationId: "revokeToken",
      tag: "access",
      summary: "Take a token back",
      description: "It opens nothing from now on; WebSockets it opened are closed with 4001.",
      access: "admin",
      params: tokenParamsSchema,
      responses: {
        200: { description: "What it was.", schema: tokenInfoSchema, example: INFO },
      },
      errors: ["not_found", "data_directory", "timeout"],
      handler: async ({ params }) => ({ status: 200, body: await tokens.revoke(params.id) }),
    }),
  ];
}

const INFO = {
  id: "5f0c9a3e1b2d4c68",
  name: "the laptop",
  role: "operator",
  created_at: "2026-11-21T12:00:00.000Z",
  expires_at: "2027-02-19T12:00:00.000Z",
  is_expired: false,
} as const;

const EXAMPLE: NewToken = {
  ...INFO,
  token: "ik_5f0c9a3e1b2d4c68.ThisIsNoRealSecretItOnlyShowsHowLongOneIs12",
};
