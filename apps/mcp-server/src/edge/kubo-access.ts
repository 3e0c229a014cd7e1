import type { HttpBindings } from "@hono/node-server";
import { InvalidStateError } from "@ipfs-kit/core";
import type { CommandAccess } from "@ipfs-kit/gateway/kubo-rpc";

import { type Access, assertAccess } from "./access.ts";
import { RequestEnv } from "./request-env.ts";

const ROLES: Readonly<Record<CommandAccess, Access>> = { read: "viewer", write: "operator" };

/**
 * Whether a call of Kubo's API may be made. Those calls have time limits of their own.
 *
 * @throws IpfsKitError `unauthenticated`, `forbidden`
 */
export function assertKuboAccess(env: HttpBindings, access: CommandAccess): void {
  if (!(env instanceof RequestEnv)) {
    throw new InvalidStateError("A request did not come through the listener.");
  }
  env.keepsOwnTime = true;
  assertAccess(env.principal, ROLES[access]);
}
