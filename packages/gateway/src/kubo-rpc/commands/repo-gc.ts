import { errorCodeOf, IpfsKitError } from "@ipfs-kit/core";

import { cidObject } from "../cid-text.ts";
import type { Call, Reply } from "../command.ts";

/** `repo/gc?silent&stream-errors`: removes what no pin needs, and names each block once it is gone. */
export async function repoGc({ store, query, signal }: Call): Promise<Reply> {
  const silent = query.flag("silent", false);
  const streamErrors = query.flag("stream-errors", false);
  return {
    lines: (async function* () {
      try {
        for await (const cid of store.collectGarbage({ signal })) {
          if (!silent) yield { Key: cidObject(cid) };
        }
      } catch (error) {
        const isTold = error instanceof IpfsKitError && errorCodeOf(error) !== "internal";
        if (streamErrors && isTold && !signal.aborted) yield { Error: error.message };
        throw error;
      }
    })(),
  };
}
