import { hash, randomBytes } from "node:crypto";

/** 64 random bits as hexadecimal: enough that no two tokens of a store share it. */
const ID_BYTES = 8;
const SECRET_BYTES = 32;
const TOKEN = /^ik_(?<id>[a-f\d]{16})\.(?<secret>[\w-]{43})$/;

/** The two halves of `ik_<id>.<secret>`: the name of a token, and what proves that one has it. */
export interface TokenParts {
  id: string;
  secret: string;
}

/** A new token nobody has yet. */
export function makeToken(): TokenParts & { text: string } {
  const id = randomBytes(ID_BYTES).toString("hex");
  const secret = randomSecret();
  return { id, secret, text: `ik_${id}.${secret}` };
}

/** The halves of a token; `undefined` when the text is none. */
export function splitToken(text: string): TokenParts | undefined {
  const { id, secret } = TOKEN.exec(text)?.groups ?? {};
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** 256 random bits, in letters that need no escape anywhere: 43 characters. */
export function randomSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

/** What is kept instead of a secret. A secret of 256 bits needs no slow hash: nobody can try them all. */
export function digestOf(secret: string): Buffer {
  return hash("sha256", secret, "buffer");
}
