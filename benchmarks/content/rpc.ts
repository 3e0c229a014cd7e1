import { create } from "kubo-rpc-client";

import type { Subject } from "./subject.ts";

/** Whoever answers Kubo's RPC at the address: a daemon, or our server. */
export function openRpc(url: string): Subject {
  const client = create({ url });
  return {
    add: async (source) => {
      // Asked for, so that nobody's defaults matter.
      const { cid } = await client.add(source, {
        cidVersion: 1,
        rawLeaves: true,
        chunker: "size-1048576",
      });
      return cid.toString();
    },
    read: (cid) => client.cat(cid),
    [Symbol.asyncDispose]: async () => {},
  };
}
