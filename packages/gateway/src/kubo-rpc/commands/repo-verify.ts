import type { AbortOptions, CID } from "@ipfs-kit/core";
import { IntegrityError } from "@ipfs-kit/core";

import type { Call, Reply } from "../command.ts";
import { notSupported } from "../refusals.ts";

/**
 * Reads every block of a store again: tells of each whether it is what its CID says, or only the
 * damaged ones, and now and then how many were read.
 */
export type VerifyBlocks = (
  options: AbortOptions,
) => AsyncIterable<{ cid: CID; damage?: string | undefined } | { checked: number }>;

/** `repo/verify`: all blocks, read again. */
export function repoVerify(verifyBlocks: VerifyBlocks | undefined) {
  return async ({ query, signal }: Call): Promise<Reply> => {
    if (verifyBlocks === undefined) {
      throw notSupported("This store does not verify all of its blocks on request.");
    }
    if (query.flag("drop", false) || query.flag("heal", false)) {
      throw notSupported("repo verify only reads here: without drop and heal.");
    }
    return { lines: verify(verifyBlocks, signal) };
  };
}

async function* verify(
  verifyBlocks: VerifyBlocks,
  signal: AbortSignal,
): AsyncGenerator<object, void> {
  let blocks = 0;
  let damaged = 0;
  for await (const told of verifyBlocks({ signal })) {
    blocks = "checked" in told ? told.checked : blocks + 1;
    if ("damage" in told && told.damage !== undefined) {
      damaged += 1;
      yield { Msg: `block ${told.cid.toString()} was corrupt (${told.damage})`, Progress: 0 };
    }
    yield { Msg: "", Progress: blocks };
  }
  if (damaged > 0) throw new IntegrityError(`verify complete, ${damaged} blocks corrupt`);
  yield { Msg: "verify complete, all blocks validated.", Progress: 0 };
}
