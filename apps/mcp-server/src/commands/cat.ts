import { readFile } from "@ipfs-kit/unixfs";

import { type Command, type CommandInput } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { rpcBlocks } from "./rpc-blocks.ts";
import { parseTarget, resolveTarget } from "./target.ts";

export const cat: Command = {
  name: "cat",
  summary: "Write the bytes of a file to the output, each block verified here.",
  usage: "<cid>[/path]…",
  count: { min: 1 },
  flags: {
    offset: { type: "string", value: "<bytes>", help: "First byte, from 0. Default 0." },
    length: { type: "string", value: "<bytes>", help: "How many bytes. Default: to the end." },
  },
  async run(input, { server, output, signal }) {
    const blocks = rpcBlocks(server, signal);
    const range = { offset: bytesIn(input, "offset") ?? 0, length: bytesIn(input, "length") };
    for (const text of input.arguments) {
      const cid = await resolveTarget(blocks, parseTarget(text), signal);
      const options = { offset: range.offset, length: range.length ?? Infinity, signal };
      for await (const piece of readFile(blocks, cid, options)) await output.bytes(piece);
    }
  },
};

function bytesIn(input: CommandInput, name: string): number | undefined {
  const text = input.text(name);
  if (text === undefined || /^\d{1,15}$/.test(text))
    return text === undefined ? text : Number(text);
  throw new UsageError(`--${name} is a whole number of bytes from 0.`);
}
