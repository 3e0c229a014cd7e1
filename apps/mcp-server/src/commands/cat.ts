import type { Command } from "./command.ts";
import { Progress } from "./progress.ts";
import { wholeNumberIn } from "./read-input.ts";
import { rpcBlocks } from "./rpc-blocks.ts";
import { parseTarget, resolveTarget } from "./target.ts";

const BYTES = { min: 0, max: Number.MAX_SAFE_INTEGER };

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
    const { readFile, statNode } = await import("@ipfs-kit/unixfs");
    const blocks = rpcBlocks(server, signal);
    const offset = wholeNumberIn(input, "offset", BYTES) ?? 0;
    const length = wholeNumberIn(input, "length", BYTES) ?? Infinity;
    for (const text of input.arguments) {
      const cid = await resolveTarget(blocks, parseTarget(text), signal);
      const wanted = { offset, length, signal };
      // On a terminal the bytes are the progress.
      if (!output.isWatched || output.resultsAreShown) {
        for await (const piece of readFile(blocks, cid, wanted)) await output.bytes(piece);
        continue;
      }
      const { size } = await statNode(blocks, cid, { signal });
      const progress = new Progress(output, Math.max(0, Math.min(size - offset, length)));
      try {
        for await (const piece of readFile(blocks, cid, wanted)) {
          await output.bytes(piece);
          progress.add(piece.length, text);
        }
      } finally {
        progress.end();
      }
    }
  },
};
