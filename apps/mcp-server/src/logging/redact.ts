/** Stands where a secret was. */
export const REDACTED = "[redacted]";

const SECRET =
  "authorization|cookie|token|secret|passw(?:or)?d|passphrase|ticket|credential|api[-_]?key|private[-_]?key";

/** `token`, `Set-Cookie`, `x-api-key`, `accessToken`; not `token_id`, which one may know. */
const SECRET_NAME = new RegExp(`(?:${SECRET})s?$`, "i");

/** A quick look that leaves most texts alone. */
const SUSPICIOUS = new RegExp(`ik_|bearer|basic|@|[?&#;](?:code|auth|key|jwt|s)|${SECRET}`, "i");

/** What may stand between a name and its value: quotes, also quoted ones, and a sign. */
const SIGN = String.raw`s?(?:\\?["'])?\s*(?:[:=]|%3d)\s*(?:\\?["'])?`;

/** What a token of ours has become; there is nothing left to take away. */
const DONE = String.raw`(?!ik_[\w-]{1,128}\.\[redacted\])`;

/**
 * Where secrets hide in a text, and what is left of them. In this order: the later ones would take
 * away what the earlier look for.
 */
const RULES: readonly (readonly [RegExp, string])[] = [
  // Our own tokens, wherever they are. The id stays: it says which token to revoke.
  [/(ik_[\w-]{1,128})(?:\.|%2e)[\w~+/=%.-]+/gi, `$1.${REDACTED}`],
  [
    new RegExp(String.raw`\b(bearer|basic)\s+${DONE}(?=\S{0,512}[\d=]|\S{24})[\w.~+/=-]{6,}`, "gi"),
    `$1 ${REDACTED}`,
  ],
  // These have spaces in them; their value ends with the line.
  [new RegExp(`((?:authorization|cookie)${SIGN})[^"'\\\\\\r\\n]+`, "gi"), `$1${REDACTED}`],
  [new RegExp(`((?:${SECRET})${SIGN})${DONE}[^\\s"'\\\\&#;,]+`, "gi"), `$1${REDACTED}`],
  // Parts of a query with short names, which mean something else in prose.
  [/([?&#;](?:code|auth|key|jwt|sig|signature|sid|session)=)[^\s"'\\&#;]+/gi, `$1${REDACTED}`],
  // `http://user:password@host`
  [/(:\/\/)[^\s/@"']{1,256}@/g, `$1${REDACTED}@`],
];

/** Whether what goes by that name is kept out of logs. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** The text without the secrets in it. Takes time that grows with the length only. */
export function redactText(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  let clean = text;
  for (const [pattern, rest] of RULES) clean = clean.replaceAll(pattern, rest);
  return clean;
}
