import { type BlockSource, IntegrityError, verifyBlock } from "@ipfs-kit/core";

import type { RpcClient } from "./rpc-client.ts";

/**
 * The blocks of a server, each verified here: what a command prints or writes is what the CID names,
 * whoever the server is.
 *
 * @param signal ends every call, beside its own
 */
export function rpcBlocks(server: RpcClient, signal: AbortSignal): BlockSource {
  return {
    async get(cid, options = {}) {
      const { MAX_BLOCK_BYTES } = await import("@ipfs-kit/unixfs");
      const call = { query: { arg: cid.toString() }, signal: options.signal ?? signal };
      const pieces: Uint8Array[] = [];
      let size = 0;
      for await (const piece of server.bytes("block/get", call)) {
        size += piece.length;
        if (size > MAX_BLOCK_BYTES) {
          throw new IntegrityError(`The server sent too much for block ${cid.toString()}.`);
        }
        pieces.push(piece);
      }
      const bytes = Buffer.concat(pieces);
      await verifyBlock(cid, bytes);
      return bytes;
    },
  };
}
