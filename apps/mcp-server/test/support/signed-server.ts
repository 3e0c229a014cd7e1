import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createServer, type IpfsKitServer, type ServerInit } from "@ipfs-kit/mcp-server";

import { TokenStore } from "../../src/edge/token-store.ts";

export interface SignedServer extends AsyncDisposable {
  server: IpfsKitServer;
  url: string;
  port: number;
  folder: string;
  /** The file of tokens, as another process sees it. */
  tokens: TokenStore;
  /** By role, and one that has expired. */
  viewer: string;
  operator: string;
  admin: string;
  expired: string;
}

/** A server on a folder of its own, for which tokens of every role were made before. */
export async function startSigned(init: ServerInit = {}): Promise<SignedServer> {
  const folder = await mkdtemp(join(tmpdir(), "ipfs-kit-signed-"));
  const tokens = new TokenStore({ folder });
  const make = async (role: "viewer" | "operator" | "admin", expiresAt?: Date) =>
    (await tokens.create({ name: `a ${role}`, role, expiresAt })).text;
  const made = {
    viewer: await make("viewer"),
    operator: await make("operator"),
    admin: await make("admin"),
    expired: await make("admin", new Date(Date.now() - 1000)),
  };
  const server = createServer({ port: 0, persistencePath: folder, ...init });
  await server.start();
  return {
    server,
    url: server.url,
    port: Number(new URL(server.url).port),
    folder,
    tokens,
    ...made,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
