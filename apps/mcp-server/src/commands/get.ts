import { createWriteStream } from "node:fs";
import { lstat, mkdir, symlink } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";

import { type BlockSource, type CID, IntegrityError, IpfsKitError } from "@ipfs-kit/core";
import { decodeNode, listDirectory, readFile } from "@ipfs-kit/unixfs";

import type { Command } from "./command.ts";
import { printable } from "./output.ts";
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
      help: "Where to; must not be there yet. Default: the name, or the CID.",
    },
  },
  async run(input, { server, output, signal }) {
    const blocks = rpcBlocks(server, signal);
    const target = parseTarget(input.arguments[0] ?? "");
    const place = resolve(input.text("output") ?? safeName(target.name));
    const cid = await resolveTarget(blocks, target, signal);
    const progress = new Progress(output, undefined);
    const download = new Download({ blocks, signal, progress, root: place });
    try {
      await download.save(cid, place);
    } finally {
      progress.end();
    }
    await output.result(
      { cid: cid.toString(), path: place, ...download.counts },
      `${place}  ${download.counts.files} files, ${download.counts.bytes} bytes`,
    );
  },
};

interface DownloadInit {
  blocks: BlockSource;
  signal: AbortSignal;
  progress: Progress;
  /** Nothing is written, and no link may lead, outside of it. */
  root: string;
}

/** Writes a tree below a folder that was not there before. */
class Download {
  readonly #init: DownloadInit;
  readonly counts = { files: 0, bytes: 0 };

  constructor(init: DownloadInit) {
    this.#init = init;
  }

  async save(cid: CID, place: string): Promise<void> {
    const { blocks, signal } = this.#init;
    const node = decodeNode(cid, await blocks.get(cid, { signal }));
    await refuseExisting(place);
    switch (node.type) {
      case "directory": {
        await this.#saveFolder(cid, place);
        return;
      }
      case "symlink": {
        await this.#saveLink(node.target, place);
        return;
      }
      case "file": {
        await this.#saveFile(cid, place);
      }
    }
  }

  async #saveFolder(cid: CID, place: string): Promise<void> {
    const { blocks, signal } = this.#init;
    await mkdir(place);
    for await (const { name, cid: entry } of listDirectory(blocks, cid, { signal })) {
      await this.save(entry, join(place, safeName(name)));
    }
  }

  async #saveFile(cid: CID, place: string): Promise<void> {
    const { blocks, signal, progress } = this.#init;
    const { counts } = this;
    async function* counted(): AsyncGenerator<Uint8Array, void> {
      for await (const piece of readFile(blocks, cid, { signal })) {
        counts.bytes += piece.length;
        progress.add(piece.length, place);
        yield piece;
      }
    }
    // "wx": somebody may have put a link there since we looked.
    await pipeline(counted(), createWriteStream(place, { flags: "wx" }));
    counts.files += 1;
  }

  async #saveLink(target: string, place: string): Promise<void> {
    const { root } = this.#init;
    const leadsTo = resolve(dirname(place), target);
    const isInside = leadsTo === root || leadsTo.startsWith(root + sep);
    if (isAbsolute(target) || !isInside) {
      throw new IntegrityError(
        `The link ${printable(place)} leads outside (to ${printable(target)}): it is not written.`,
      );
    }
    await symlink(target, place);
    this.counts.files += 1;
  }
}

/** A name from a folder may be any text; on disk it must stay one name. */
function safeName(name: string): string {
  const isPath = name === "" || name === "." || name === ".." || /[/\\\0]/.test(name);
  if (!isPath) return name;
  throw new IntegrityError(`"${printable(name)}" is not a name a file can have here.`);
}

async function refuseExisting(place: string): Promise<void> {
  const found = await lstat(place).catch(() => undefined);
  if (found === undefined) return;
  throw new IpfsKitError(
    "invalid_request",
    `${place} is there already: name another with --output.`,
  );
}
