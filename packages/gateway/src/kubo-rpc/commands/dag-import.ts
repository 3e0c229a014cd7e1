import {
  type CID,
  errorCodeOf,
  IntegrityError,
  IpfsKitError,
  LimitExceededError,
} from "@ipfs-kit/core";

import { HttpError } from "../../http-error.ts";
import { cidObject } from "../cid-text.ts";
import type { Call, Reply } from "../command.ts";
import { MAX_COLLECTED } from "../defaults.ts";
import { uploadedFiles } from "../uploaded-files.ts";

interface Root {
  cid: CID;
  pinned: boolean;
}

/**
 * `dag/import?pin-roots&stats`: takes in the blocks of archives. The roots of each are pinned with it,
 * and told when all are in, as a DAG may be spread over several; one that cannot be pinned then is told
 * in its line.
 */
export async function dagImport(call: Call): Promise<Reply> {
  return { lines: importAll(call), whileSending: true };
}

async function* importAll(call: Call): AsyncGenerator<object, void> {
  const { store, query, signal } = call;
  const pin = query.flag("pin-roots", true);
  const roots = new Map<string, Root>();
  const stats = { BlockCount: 0, BlockBytesCount: 0 };
  const archives = uploadedFiles(call, "path", async ({ bytes }) => {
    try {
      return await store.importCar(bytes, { pin, signal });
    } catch (error) {
      throw asSent(error);
    }
  });
  for await (const archive of archives) {
    stats.BlockCount += archive.blocks;
    stats.BlockBytesCount += archive.bytes;
    for (const { cid, pinError } of archive.roots) {
      roots.set(cid.toString(), { cid, pinned: pinError === undefined });
      if (roots.size > MAX_COLLECTED) throw tooManyRoots();
    }
  }
  if (pin) {
    for (const { cid, pinned } of roots.values()) {
      const problem = pinned ? "" : await pinAgain(cid);
      yield { Root: { Cid: cidObject(cid), PinErrorMsg: problem } };
    }
  }
  if (query.flag("stats", false)) yield { Stats: stats };

  /** What one archive lacks another may have brought. */
  async function pinAgain(cid: CID): Promise<string> {
    try {
      await store.pin(cid, { signal });
      return "";
    } catch (error) {
      if (signal.aborted || !(error instanceof IpfsKitError) || errorCodeOf(error) === "internal") {
        throw error;
      }
      return error.message;
    }
  }
}

/** Blocks that do not match their CIDs are the fault of whoever sent them. */
function asSent(error: unknown): unknown {
  if (!(error instanceof IntegrityError)) return error;
  const { message, details } = error;
  return new HttpError("integrity", message, { status: 422, cause: error, details });
}

function tooManyRoots(): Error {
  return new LimitExceededError(`One call takes in at most ${MAX_COLLECTED} roots.`);
}
