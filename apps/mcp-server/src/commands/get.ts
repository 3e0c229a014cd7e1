import { randomUUID } from "node:crypto";
import { lstat, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { type BlockSource, type CID, IpfsKitError } from "@ipfs-kit/core";

import type { Command } from "./command.ts";
import { Progress } from "./progress.ts";
import { rpcBlocks } from "./rpc-blocks.ts";
import { parseTarget, resolveTarget } from "./target.ts";

export const get: Command = {
  name: "get",
  summary: "Write a file or folder to disk, each block verified here.",
  usage: "<cid>[/path]",
  count: { min: 1, max: 1 },
  flags: {
    output: {
      type: "string",
      short: "o",
      value: "<path>",
      completes: "file",
      help: "Where to; must not be there yet. Default: the name, or the CID.",
    },
  },
  async run(input, { server, output, signal }) {
    const { Download, safeName } = await import("./download.ts");
    const blocks = rpcBlocks(server, signal);
    const target = parseTarget(input.arguments[0] ?? "");
    const place = resolve(input.text("output") ?? safeName(target.name));
    await refuseExisting(place);
    const cid = await resolveTarget(blocks, target, signal);
    const total = output.isWatched ? await fileSize(blocks, cid, signal) : undefined;
    const progress = new Progress(output, total);
    const download = new Download({ blocks, signal, progress });
    // What stands under the name that was asked for is whole: until then it has another one.
    const unfinished = join(
      dirname(place),
      `.${basename(place).slice(0, 64)}.${randomUUID()}.part`,
    );
    try {
      await download.save(cid, unfinished);
      await refuseExisting(place);
      await rename(unfinished, place);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    } finally {
      progress.end();
    }
    await output.result(
      { cid: cid.toString(), path: place, ...download.counts },
      `${place}  ${download.counts.files} files, ${download.counts.bytes} bytes`,
    );
  },
};

/** Of a folder nobody knows it before all of it was read. */
async function fileSize(
  blocks: BlockSource,
  cid: CID,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { statNode } = await import("@ipfs-kit/unixfs");
  const { type, size } = await statNode(blocks, cid, { signal });
  return type === "file" ? size : undefined;
}

async function refuseExisting(place: string): Promise<void> {
  const found = await lstat(place).catch(() => undefined);
  if (found === undefined) return;
  throw new IpfsKitError(
    "invalid_request",
    `${place} is there already: name another with --output.`,
  );
}
