import { createServer } from "node:http";
import { once } from "node:events";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { signIn, signOut, takeLoginCode } from "../src/connection/sign-in.ts";

const CODE = "a".repeat(43);

/** A server that knows one code, and answers as ours does. */
const server = createServer((incoming, outgoing) => {
  let body = "";
  incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
  incoming.on("end", () => {
    const isOut = incoming.method === "DELETE" && incoming.url === "/api/v0/session";
    if (isOut) return outgoing.writeHead(204).end();
    const isRight = incoming.url === "/api/v0/session" && body === JSON.stringify({ code: CODE });
    outgoing.writeHead(isRight ? 200 : 401, { "content-type": "application/json" });
    return outgoing.end(
      JSON.stringify(
        isRight
          ? { needs_token: true, role: "admin" }
          : {
              type: "urn:ipfs-kit:error:unauthenticated",
              title: "Unauthenticated",
              status: 401,
              code: "unauthenticated",
              detail: "Used already.",
            },
      ),
    );
  });
});
let url: URL;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = new URL(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`);
});
afterAll(() => server.close());

describe("signing in", () => {
  it("tells which role the server gave", async () => {
    expect(await signIn(url, { code: CODE })).toEqual({ needs_token: true, role: "admin" });
  });

  it("fails with what the server says", async () => {
    await expect(signIn(url, { token: "ik_x" })).rejects.toMatchObject({
      code: "unauthenticated",
      message: "Used already.",
    });
  });

  it("fails when nobody answers", async () => {
    const nowhere = new URL("http://127.0.0.1:1/");
    await expect(signIn(nowhere, { code: CODE })).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("signing out", () => {
  it("is done once the server says so", async () => {
    await signOut(url);
    await expect(signOut(new URL("elsewhere/", url))).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });
});

describe("a login link", () => {
  it("leaves neither address bar nor history with its code", () => {
    const page = { hash: `#login=${CODE}`, pathname: "/dashboard/", search: "" };
    const shown: unknown[] = [];
    const history = {
      replaceState: (_state: unknown, _unused: string, to?: unknown) => void shown.push(to),
    };
    expect(takeLoginCode(page, history)).toBe(CODE);
    expect(shown).toEqual(["/dashboard/"]);
  });

  it("is none where there is no code", () => {
    const page = { hash: "#/connect", pathname: "/dashboard/", search: "" };
    const history = {
      replaceState: () => {
        throw new Error("nothing is to be replaced");
      },
    };
    expect(takeLoginCode(page, history)).toBeUndefined();
  });
});
