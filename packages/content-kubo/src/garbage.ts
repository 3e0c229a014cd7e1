import type { AbortOptions, CID } from "@ipfs-kit/core";

import { parseKuboCid } from "./kubo-blocks.ts";
import { field, textField } from "./rpc/answer.ts";
import { kuboError } from "./rpc/kubo-error.ts";
import type { KuboRpc } from "./rpc/kubo-rpc.ts";

/**
 * Has Kubo remove what no pin needs, and tells each block as it goes. Kubo keeps adds and pins waiting
 * meanwhile.
 */
export async function* garbageOf(
  rpc: KuboRpc,
  { signal }: AbortOptions,
): AsyncGenerator<CID, void> {
  // Before the first block is removed, Kubo goes through everything that is pinned.
  const requestMs = rpc.timeouts.commitMs;
  const params = { "stream-errors": true };
  let problem: string | undefined;
  for await (const line of rpc.lines("repo/gc", { params, signal, requestMs })) {
    const error = field(line, "Error");
    if (typeof error === "string" && error !== "") problem = error;
    else yield parseKuboCid(textField(field(line, "Key"), "/"));
  }
  if (problem !== undefined) throw kuboError(problem);
}
