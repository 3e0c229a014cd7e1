import type { Access } from "../edge/access.ts";
import type { JsonSchema } from "./json-schemas.ts";

/** How whoever asks says who they are. */
export const SECURITY_SCHEMES: Readonly<Record<string, JsonSchema>> = {
  token: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "ik_<id>.<secret>",
    description: "A token made by `ipfs-kit token create`, or by an admin over `/api/v0/tokens`.",
  },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "ipfs-kit-8000",
    description:
      "The cookie of a browser that signed in; its name ends in the port of the server. It counts only for pages of the server itself.",
  },
};

/**
 * What an operation asks for. The roles stand as OpenAPI 3.1 has them. Without a token on this machine
 * everybody is an operator, hence the empty one; nobody is an admin by being here.
 */
export function securityOf(access: Access): JsonSchema[] {
  if (access === "public") return [];
  const signedIn = [{ token: [access] }, { session: [access] }];
  return access === "admin" ? signedIn : [{}, ...signedIn];
}
