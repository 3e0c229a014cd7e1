import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { serve } from "@hono/node-server";
import { createGateway, type GatewayInit } from "@ipfs-kit/gateway";
import { onTestFinished } from "vitest";

/** A directory that is gone when the test is over. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "gateway-"));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A gateway on a loopback port until the test is over; answers its address. */
export async function serveGateway(init: GatewayInit): Promise<string> {
  const { fetch } = createGateway(init);
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = serve({ fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => resolve(port));
  onTestFinished(async () => {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    if ("closeAllConnections" in server) server.closeAllConnections();
    await closed.promise;
  });
  return `http://127.0.0.1:${await promise}`;
}

export interface RawAnswer {
  head: string;
  body: Buffer;
  /** How the connection ended: in order, or by a reset. */
  error: string | undefined;
}

/** Sends a request line as it is and reads until the connection ends. */
export async function rawRequest(
  address: string,
  target: string,
  { method = "GET", version = "1.1", headers = {} }: RawRequestOptions = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(address);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect(Number(port), hostname);
  const parts: Buffer[] = [];
  let error: string | undefined;
  socket.on("data", (bytes) => parts.push(bytes));
  socket.on("error", (reason) => (error = "code" in reason ? String(reason.code) : reason.message));
  socket.on("close", () => resolve(error));
  const lines = Object.entries({ host: "gateway", connection: "close", ...headers });
  const fields = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.write(Buffer.from(`${method} ${target} HTTP/${version}\r\n${fields}\r\n`));
  await promise;
  const all = Buffer.concat(parts);
  const end = all.indexOf("\r\n\r\n");
  return { head: all.subarray(0, end).toString("latin1"), body: all.subarray(end + 4), error };
}

export interface RawRequestOptions {
  method?: string;
  version?: "1.0" | "1.1";
  headers?: Record<string, string>;
}

/** The whole body. Not by `bytes()`, which the server's own `Response` has not. */
export async function bytesOf(answer: Response): Promise<Uint8Array> {
  return new Uint8Array(await answer.arrayBuffer());
}
