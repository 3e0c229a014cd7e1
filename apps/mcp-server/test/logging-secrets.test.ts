import { describe, expect, it } from "vitest";

import { inspectNamed, inspectValue } from "../src/logging/log-value.ts";
import { redactText } from "../src/logging/redact.ts";

/** Not in anything that is written. */
const SECRET = "S3cr3t-pa_rt";
const TOKEN = `ik_ab12cd.${SECRET}`;

describe("what is never in a log", () => {
  it.each([
    ["alone", TOKEN],
    ["in prose", `the token ${TOKEN}, which expired`],
    ["in a URL", `http://127.0.0.1:8000/x?a=1&t=${TOKEN}#frag`],
    ["percent-encoded", `/x?a=ik_ab12cd%2E${SECRET}`],
    ["inside a word", `x${TOKEN}`],
    ["in capitals", `IK_AB12CD.${SECRET}`],
    ["in a header", `Authorization: Bearer ${TOKEN}`],
  ])("a token of ours %s", (_where, text) => {
    const clean = redactText(text);
    expect(clean).not.toContain(SECRET);
    expect(clean).toContain("[redacted]");
  });

  it("keeps the id of a token, which says whom to revoke", () => {
    for (const text of [`no such token: ${TOKEN}`, `Bearer ${TOKEN}`, `?t=${TOKEN}`]) {
      expect(redactText(text)).toContain("ik_ab12cd.[redacted]");
    }
  });

  it.each([
    `Authorization: Bearer ${SECRET}`,
    `authorization: Basic dXNlcjpw${SECRET}`,
    `bearer ${SECRET}`,
    `{"authorization":"Bearer ${SECRET}","a":1}`,
    `{\\"token\\":\\"${SECRET}\\"}`,
    `Cookie: a=${SECRET}; b=${SECRET}`,
    `set-cookie: ik=${SECRET}; HttpOnly`,
    `/login?token=${SECRET}&next=1`,
    `/login?access_token=${SECRET}`,
    `/ws?ticket=${SECRET}`,
    `/dashboard/#token=${SECRET}`,
    `/callback?code=${SECRET}&state=1`,
    `client_secret = ${SECRET}`,
    `password: "${SECRET}"`,
    `x-api-key: ${SECRET}`,
    `http://user:${SECRET}@127.0.0.1:5001/api`,
    `token%3D${SECRET}`,
  ])("what follows its name in %s", (text) => {
    expect(redactText(text)).not.toContain(SECRET);
  });

  it.each([
    "authorization",
    "Authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "token",
    "accessToken",
    "refresh_token",
    "secret",
    "client_secret",
    "password",
    "x-api-key",
    "credential",
  ])("the field %s, at any depth and of any shape", (name) => {
    const shapes: unknown[] = [SECRET, [SECRET], { a: SECRET }, new Map([["a", SECRET]])];
    for (const value of shapes) {
      const deep = { a: [{ [name]: value }], map: new Map([[name, value]]), raw: [name, value] };
      const shown = [
        inspectNamed(name, value, { stacks: true }),
        inspectValue(deep, { stacks: true }),
      ];
      expect(JSON.stringify(shown)).not.toContain(SECRET);
    }
  });

  it("secrets in messages, names, causes, stacks, dates of strangers and addresses", () => {
    const error = new Error(`for ${TOKEN}`, { cause: new Error(`token=${SECRET}`) });
    const value = {
      error,
      [TOKEN]: 1,
      url: new URL(`http://a/?token=${SECRET}`),
      json: { toJSON: () => TOKEN },
      symbol: Symbol(TOKEN),
    };
    expect(JSON.stringify(inspectValue(value, { stacks: true }))).not.toContain(SECRET);
  });

  it("half a secret where a long text is cut", () => {
    for (let before = 8 * 1024 - 60; before < 8 * 1024 + 5; before += 1) {
      const text = `${"x".repeat(before)} ${TOKEN} ${"y".repeat(9000)}`;
      const shown = JSON.stringify(inspectValue(text, { stacks: false }));
      expect(shown).not.toContain(SECRET.slice(0, 3));
    }
  });
});

describe("what stays in a log", () => {
  it.each([
    "the token is missing",
    "Unexpected token } in JSON",
    "basic auth is not offered",
    "/ipfs/bafkqaaa?format=car&key",
    "2 tokens",
    "mail@example.org",
  ])("%s", (text) => {
    expect(redactText(text)).toBe(text);
  });

  it("how many there are, whether there is one, and the ids", () => {
    const fields = { tokens: 3, cookie: false, secret: null, token_id: "ab12cd" };
    expect(inspectValue(fields, { stacks: false })).toEqual(fields);
  });

  it("is found in time, however often something looks like a beginning", () => {
    const parts = [
      "ik_",
      "ik_a",
      "bearer ",
      "token",
      "token \t",
      "://a",
      "://@",
      "cookie:",
      "?key=",
    ];
    for (const part of parts) {
      const text = part.repeat(300_000);
      // With time that grows with the square of the length this would be hours.
      expect(redactText(`${text} ${TOKEN}`)).not.toContain(SECRET);
    }
  });
});
