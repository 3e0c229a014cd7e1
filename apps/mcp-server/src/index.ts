/**
 * The IPFS Kit server, to be run inside another program. The command `ipfs-kit` does the same.
 *
 * @example
 * import { createServer } from "@ipfs-kit/mcp-server";
 *
 * await using server = createServer({ port: 0, isolation: true });
 * await server.start();
 * const answer = await fetch(`${server.url}/readyz`);
 * if (answer.status !== 200) throw new Error("not ready");
 *
 * @module
 */
export { ConfigError, PortInUseError } from "./errors.ts";
export { createServer } from "./server.ts";
export type { IpfsKitServer, ServerSurroundings } from "./server.ts";
export type { ServerInit } from "./server-init.ts";
