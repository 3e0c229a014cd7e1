import type { Command } from "./command.ts";
import { humanBytes } from "./output.ts";
import { rpcBlocks } from "./rpc-blocks.ts";
import { parseTarget, resolveTarget } from "./target.ts";

export const stat: Command = {
  name: "stat",
  summary: "Tell what a CID names: type and size.",
  usage: "<cid>[/path]",
  count: { min: 1, max: 1 },
  flags: {},
  async run(input, { server, output, signal }) {
    const { statNode } = await import("@ipfs-kit/unixfs");
    const blocks = rpcBlocks(server, signal);
    const cid = await resolveTarget(blocks, parseTarget(input.arguments[0] ?? ""), signal);
    const { type, size } = await statNode(blocks, cid, { signal });
    await output.result(
      { cid: cid.toString(), type, size },
      `${cid.toString()}  ${type}  ${size} bytes (${humanBytes(size)})`,
    );
  },
};
