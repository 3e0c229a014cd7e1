import * as z from "zod/mini";

/** What somebody may do, the least first: look, change, manage who may do either. */
export const roleSchema = z.enum(["viewer", "operator", "admin"]);

const tokenNameSchema = z.string().check(z.minLength(1), z.maxLength(128), z.regex(/\S/));

/** A token, without its secret. */
export const tokenInfoSchema = z.object({
  id: z.string(),
  /** What it is for, in the words of whoever made it. */
  name: z.string(),
  role: roleSchema,
  created_at: z.iso.datetime(),
  /** Absent when it never expires. */
  expires_at: z.optional(z.iso.datetime()),
  is_expired: z.boolean(),
});

export type TokenInfo = z.infer<typeof tokenInfoSchema>;

/** `GET /api/v0/tokens`: all of them, oldest first. */
export const tokenListSchema = z.object({ tokens: z.array(tokenInfoSchema) });

export type TokenList = z.infer<typeof tokenListSchema>;

/** `POST /api/v0/tokens`. */
export const tokenWishSchema = z.object({
  name: tokenNameSchema,
  role: roleSchema,
  /** It never expires when this is absent. */
  expires_in_days: z.optional(z.int().check(z.gte(1), z.lte(3650))),
});

export type TokenWish = z.infer<typeof tokenWishSchema>;

/** The answer to it: the only time that the token is told. */
export const newTokenSchema = z.extend(tokenInfoSchema, { token: z.string() });

export type NewToken = z.infer<typeof newTokenSchema>;

/** The id in `/api/v0/tokens/{id}`. */
export const tokenParamsSchema = z.object({
  id: z.string().check(z.regex(/^[a-f\d]{16}$/, "is the id of a token: 16 hexadecimal digits")),
});

/** `POST /api/v0/session`: a token, or the one-time code of a login link. */
export const signInSchema = z.union([
  z.object({ token: z.string().check(z.maxLength(256)) }),
  z.object({ code: z.string().check(z.maxLength(256)) }),
]);

export type SignIn = z.infer<typeof signInSchema>;

/** `GET /api/v0/session`: who the server takes the caller for. */
export const sessionSchema = z.object({
  /** Whether requests need a token: as soon as the server has one. */
  needs_token: z.boolean(),
  /** Absent for a stranger. */
  role: z.optional(roleSchema),
});

export type Session = z.infer<typeof sessionSchema>;

/** `POST /api/v0/ws-ticket`. */
export const wsTicketSchema = z.object({
  /** To be sent as the second subprotocol, as it is. */
  ticket: z.string(),
  expires_in_seconds: z.int(),
});

export type WsTicket = z.infer<typeof wsTicketSchema>;
