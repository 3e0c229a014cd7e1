import { type CID, DAG_PB, errorCodeOf, LimitExceededError, RAW } from "@ipfs-kit/core";
import { listDirectory, statNode } from "@ipfs-kit/unixfs";

import { cidWriter } from "../cid-text.ts";
import type { Call, Reply } from "../command.ts";
import { MAX_COLLECTED } from "../defaults.ts";
import { linkTarget } from "../link-target.ts";
import { type NodeLink, nodeLinks } from "../node-links.ts";
import { resolveToBlock } from "../resolve-argument.ts";

/** Kinds of entries, as UnixFS numbers them; 0 is "not looked at". */
const TYPES = { unknown: 0, directory: 1, file: 2, symlink: 4 } as const;

interface LsLink {
  Name: string;
  Hash: string;
  Size: number;
  Type: number;
  Target: string;
  Mode: 0;
  ModTime: string;
}

/** How Go writes that there is no time. */
const NO_TIME = "0001-01-01T00:00:00Z";

/** `ls?arg&size&resolve-type&stream`: the entries of folders; of a file, its parts. */
export async function ls(call: Call): Promise<Reply> {
  const { query } = call;
  const stream = query.flag("stream", false);
  const looksInside = query.flag("size", true) || query.flag("resolve-type", true);
  const paths = await call.args("ipfs-path");
  const list = (path: string) => listPath(call, path, looksInside);
  if (stream) {
    return {
      lines: (async function* () {
        for (const path of paths) {
          for await (const link of list(path)) yield { Objects: [{ Hash: path, Links: [link] }] };
        }
      })(),
    };
  }
  const objects = [];
  let left = MAX_COLLECTED;
  for (const path of paths) {
    const links: LsLink[] = [];
    for await (const link of list(path)) {
      left -= 1;
      if (left < 0) throw tooMany();
      links.push(link);
    }
    links.sort((a, b) => Buffer.compare(Buffer.from(a.Name), Buffer.from(b.Name)));
    objects.push({ Hash: path, Links: links });
  }
  return { value: { Objects: objects } };
}

async function* listPath(
  { store: { blocks }, query, signal }: Call,
  path: string,
  looksInside: boolean,
): AsyncGenerator<LsLink, void> {
  const write = cidWriter(query);
  const cid = await resolveToBlock(blocks, path, { signal });
  for await (const { name, cid: entry, dagSize } of entriesOf(cid)) {
    yield { Name: name, Hash: write(entry), ...(await look(entry, dagSize)), ...NO_METADATA };
  }

  async function* entriesOf(root: CID): AsyncGenerator<NodeLink, void> {
    if (root.code === RAW) return;
    const { type } = await statNode(blocks, root, { signal });
    if (type === "directory") yield* listDirectory(blocks, root, { signal });
    else yield* nodeLinks(root, await blocks.get(root, { signal }));
  }

  async function look(
    entry: CID,
    dagSize: number,
  ): Promise<Pick<LsLink, "Size" | "Type" | "Target">> {
    if (entry.code === RAW) return { Size: dagSize, Type: TYPES.file, Target: "" };
    if (!looksInside || entry.code !== DAG_PB) return UNKNOWN;
    try {
      const { type, size } = await statNode(blocks, entry, { signal });
      const target = type === "symlink" ? await linkTarget(blocks, entry, { signal }) : "";
      return { Size: type === "directory" ? 0 : size, Type: TYPES[type], Target: target };
    } catch (error) {
      // A dag-pb node that is no UnixFS: it can be named, but there is nothing to say of it.
      if (errorCodeOf(error) === "not_a_file") return UNKNOWN;
      throw error;
    }
  }
}

const UNKNOWN = { Size: 0, Type: TYPES.unknown, Target: "" } as const;
const NO_METADATA = { Mode: 0, ModTime: NO_TIME } as const;

function tooMany(): Error {
  return new LimitExceededError(
    `More than ${MAX_COLLECTED} entries do not fit into one object: ask with stream=true.`,
  );
}
