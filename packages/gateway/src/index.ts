/**
 * IPFS over HTTP, mountable in any Hono app: the path gateway and the trustless gateway of
 * https://specs.ipfs.tech/http-gateways/ over blocks that are verified before they leave.
 *
 * @example
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { serve } from "@hono/node-server";
 * import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
 * import { createGateway } from "@ipfs-kit/gateway";
 *
 * const directory = await mkdtemp(join(tmpdir(), "store-"));
 * const store = createEmbeddedStore({ directory });
 * await store.start();
 * const gateway = createGateway({ blocks: store.blocks, store });
 * serve({ fetch: gateway.fetch, hostname: "127.0.0.1", port: 8080 });
 *
 * @module
 */
export { createGateway, type GatewayInit } from "./gateway.ts";
