import { createMemoryRepository } from "@ipfs-kit/content-memory";
import { IpfsKitError } from "@ipfs-kit/core";
import type { CommandAccess } from "@ipfs-kit/gateway/kubo-rpc";
import { afterEach, describe, expect, it } from "vitest";

import { UNSUPPORTED } from "../../src/kubo-rpc/command-table.ts";
import { formOf } from "./support/multipart.ts";
import { startRpc } from "./support/rpc-server.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

/** What each command asks for, written down here once more: a slip in the table shall be seen. */
const WRITES = "add block/put block/rm dag/import dag/put pin/add pin/rm pin/update repo/gc".split(
  " ",
);
const READS =
  "block/get block/stat cat dag/export dag/get dag/resolve dag/stat files/stat get id ls pin/ls refs repo/stat repo/verify resolve swarm/peers version".split(
    " ",
  );

async function start(refuse: readonly CommandAccess[], code: "unauthenticated" | "forbidden") {
  const asked: CommandAccess[] = [];
  const store = createMemoryRepository();
  const server = await startRpc({
    store,
    authorize: (_env, access) => {
      asked.push(access);
      if (refuse.includes(access)) throw new IpfsKitError(code, "Not for you.");
    },
  });
  open.push(server);
  const call = async (command: string, init: RequestInit = {}) =>
    fetch(`${server.url}/api/v0/${command}`, { method: "POST", ...init });
  return { store, asked, call };
}

describe("a command", () => {
  it("says whether it changes something before it does anything", async () => {
    const { asked, call } = await start(["read", "write"], "unauthenticated");
    for (const command of [...WRITES, ...READS]) {
      const answer = await call(command);
      expect([command, answer.status]).toEqual([command, 401]);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      expect(await answer.json()).toMatchObject({ error_code: "unauthenticated", Type: "error" });
      expect([command, asked.pop()]).toEqual([
        command,
        WRITES.includes(command) ? "write" : "read",
      ]);
    }
  });

  it("that may not be called changes nothing, one that may is answered", async () => {
    const { store, call } = await start(["write"], "forbidden");
    const refused = await call("add", { body: formOf({ a: "hello" }) });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error_code: "forbidden", Code: 0 });
    expect((await store.listPins()).pins).toEqual([]);
    expect((await call("pin/ls")).status).toBe(200);
  });

  it("is not told to those who may not even look: not by its methods, nor that we lack it", async () => {
    const { call } = await start(["read"], "unauthenticated");
    for (const method of ["GET", "OPTIONS", "DELETE"]) {
      expect((await call("add", { method })).status).toBe(401);
    }
    for (const command of UNSUPPORTED) expect((await call(command)).status).toBe(401);
  });

  it("answers problem+json to those who ask for it", async () => {
    const { call } = await start(["read"], "unauthenticated");
    const answer = await call("cat", { headers: { accept: "application/problem+json" } });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: "unauthenticated", status: 401 });
  });
});
