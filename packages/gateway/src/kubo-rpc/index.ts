/**
 * The RPC API of Kubo over a content repository, so that `ipfs --api`, `kubo-rpc-client` and whatever
 * else speaks to a Kubo daemon speaks to this one. It changes what is stored: the server that mounts
 * it decides who may call it.
 *
 * @example
 * import { serve } from "@hono/node-server";
 * import { createKuboRpc, type KuboRpcEnv } from "@ipfs-kit/gateway/kubo-rpc";
 * import { Hono } from "hono";
 *
 * const app = new Hono<KuboRpcEnv>().route("/api/v0", createKuboRpc({ store }));
 * serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 5001 });
 *
 * @module
 */
export {
  type CommandAccess,
  createKuboRpc,
  type KuboRpcEnv,
  type KuboRpcInit,
} from "./kubo-rpc.ts";
export type { NodeIdentity } from "./commands/id.ts";
export type { VerifyBlocks } from "./commands/repo-verify.ts";
export type { Agent } from "./commands/version.ts";
export { describeKuboRpc, type DescribedCommand } from "./describe-kubo-rpc.ts";
export { statusForKubo } from "./failure.ts";
export type { RpcAnswer } from "./command-description.ts";
export { MAX_CALLS, MAX_UPLOADS } from "./defaults.ts";
