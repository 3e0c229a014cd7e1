import { createWriteStream } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";

import { type BlockSource, type CID, IntegrityError } from "@ipfs-kit/core";
import { decodeNode, listDirectory, readFile } from "@ipfs-kit/unixfs";

import { plainText } from "../logging/plain-text.ts";
import type { Progress } from "./progress.ts";

export interface DownloadInit {
  blocks: BlockSource;
  signal: AbortSignal;
  progress: Pick<Progress, "add">;
}

/** Writes a file or a whole tree to a place where nothing is yet. */
export class Download {
  readonly #init: DownloadInit;
  readonly counts = { files: 0, bytes: 0 };
  /** Nothing is written, and no link may lead, outside of it. */
  #root = "";

  constructor(init: DownloadInit) {
    this.#init = init;
  }

  /** @throws IpfsKitError; what was written until then stays */
  async save(cid: CID, root: string): Promise<void> {
    this.#root = root;
    await this.#save(cid, root);
  }

  async #save(cid: CID, place: string): Promise<void> {
    const { blocks, signal } = this.#init;
    const node = decodeNode(cid, await blocks.get(cid, { signal }));
    if (node.type === "directory") await this.#saveFolder(cid, place);
    else if (node.type === "symlink") await this.#saveLink(node.target, place);
    else await this.#saveFile(cid, place);
  }

  async #saveFolder(cid: CID, place: string): Promise<void> {
    const { blocks, signal } = this.#init;
    await mkdir(place);
    for await (const { name, cid: entry } of listDirectory(blocks, cid, { signal })) {
      await this.#save(entry, join(place, safeName(name)));
    }
  }

  async #saveFile(cid: CID, place: string): Promise<void> {
    const { blocks, signal, progress } = this.#init;
    const { counts } = this;
    const shown = relative(this.#root, place);
    async function* counted(): AsyncGenerator<Uint8Array, void> {
      for await (const piece of readFile(blocks, cid, { signal })) {
        counts.bytes += piece.length;
        progress.add(piece.length, shown);
        yield piece;
      }
    }
    // "wx": two entries of a folder may have one name, and the first may be a link.
    await pipeline(counted(), createWriteStream(place, { flags: "wx" }));
    counts.files += 1;
  }

  async #saveLink(target: string, place: string): Promise<void> {
    if (!staysInside(target, relative(this.#root, place))) {
      throw new IntegrityError(
        `The link ${plainText(relative(this.#root, place))} may lead outside (to ${plainText(target)}): it is not written.`,
      );
    }
    await symlink(target, place);
    this.counts.files += 1;
  }
}

/**
 * Whether a link leads to a place below the root, whatever the names on its way are: after a name,
 * which may be a link itself, `..` could lead anywhere.
 */
function staysInside(target: string, place: string): boolean {
  if (isAbsolute(target) || place === "") return false;
  const parts = target.split(/[/\\]/).filter((part) => part !== "" && part !== ".");
  const depth = place.split(/[/\\]/).length - 1;
  const firstName = parts.findIndex((part) => part !== "..");
  const ups = firstName < 0 ? parts.length : firstName;
  return ups <= depth && !parts.slice(ups).includes("..");
}

/** A name from a folder may be any text; on disk it must stay one name. */
export function safeName(name: string): string {
  const isPath = name === "" || name === "." || name === ".." || /[/\\\0]/.test(name);
  if (!isPath) return name;
  throw new IntegrityError(`"${plainText(name)}" is not a name a file can have here.`);
}
