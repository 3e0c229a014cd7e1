import { type BlockSource, type CID, errorCodeOf } from "@ipfs-kit/core";

import type { Command } from "./command.ts";
import { humanBytes } from "./output.ts";
import { rpcBlocks } from "./rpc-blocks.ts";
import { parseTarget, resolveTarget } from "./target.ts";

export const ls: Command = {
  name: "ls",
  summary: "List a folder.",
  usage: "<cid>[/path]",
  count: { min: 1, max: 1 },
  flags: {
    long: { type: "boolean", short: "l", help: "Look at every entry: its type and size." },
  },
  async run(input, { server, output, signal }) {
    const { listDirectory } = await import("@ipfs-kit/unixfs");
    const blocks = rpcBlocks(server, signal);
    const folder = await resolveTarget(blocks, parseTarget(input.arguments[0] ?? ""), signal);
    for await (const { name, cid, dagSize } of listDirectory(blocks, folder, { signal })) {
      const facts = input.isOn("long") ? await factsOf(blocks, cid, signal) : undefined;
      const shown = facts === undefined ? "" : `${facts.type.padEnd(9)}  `;
      const size = humanBytes(facts?.size ?? dagSize).padStart(10);
      await output.result(
        { name, cid: cid.toString(), dag_size: dagSize, ...facts },
        `${cid.toString()}  ${shown}${size}  ${name}`,
      );
    }
  },
};

/** What an entry is; one that is not here, or is no UnixFS, is listed all the same. */
async function factsOf(
  blocks: BlockSource,
  cid: CID,
  signal: AbortSignal,
): Promise<{ type: string; size?: number }> {
  const { statNode } = await import("@ipfs-kit/unixfs");
  try {
    const { type, size } = await statNode(blocks, cid, { signal });
    return { type, size };
  } catch (error) {
    const code = errorCodeOf(error);
    if (code !== "not_found" && code !== "not_a_file") throw error;
    return { type: code === "not_found" ? "missing" : "data" };
  }
}
