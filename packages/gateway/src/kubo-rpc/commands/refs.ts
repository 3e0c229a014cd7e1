import { type CID, IpfsKitError, LimitExceededError, NotFoundError, RAW } from "@ipfs-kit/core";

import { cidWriter } from "../cid-text.ts";
import type { Call, Reply } from "../command.ts";
import { MAX_PENDING_REFS, MAX_SEEN } from "../defaults.ts";
import { type NodeLink, nodeLinks } from "../node-links.ts";
import { resolveToBlock } from "../resolve-argument.ts";
import { refused } from "../refusals.ts";

const DESTINATION = "<dst>";

interface Edge {
  from: CID;
  link: NodeLink;
  depth: number;
}

/** `refs?arg&format&edges&unique&recursive&max-depth`: the links of nodes, depth first. */
export async function refs(call: Call): Promise<Reply> {
  const { store, query, signal } = call;
  const format = readFormat(query.text("format") || DESTINATION, query.flag("edges", false));
  const recursive = query.flag("recursive", false);
  const maxDepth = recursive ? (query.whole("max-depth") ?? -1) : 1;
  const unique = query.flag("unique", false);
  const write = cidWriter(query);
  const roots: CID[] = [];
  for (const path of await call.args("ipfs-path")) {
    roots.push(await resolveToBlock(store.blocks, path, { signal }));
  }
  return { lines: listAll() };

  async function* listAll(): AsyncGenerator<object, void> {
    const walk = new RefWalk(call, { unique, maxDepth });
    for (const root of roots) {
      try {
        for await (const { from, link } of walk.under(root)) {
          const text = format
            .replace("<src>", () => write(from))
            .replace(DESTINATION, () => write(link.cid))
            .replace("<linkname>", () => link.name);
          yield { Ref: text, Err: "" };
        }
      } catch (error) {
        if (signal.aborted || !(error instanceof IpfsKitError)) throw error;
        yield { Ref: "", Err: error.message };
      }
    }
  }
}

function readFormat(format: string, edges: boolean): string {
  if (!edges) return format;
  if (format === DESTINATION) return "<src> -> <dst>";
  throw refused("using format argument with edges is not allowed");
}

interface RefWalkOptions {
  unique: boolean;
  /** Levels below the root; -1: all. */
  maxDepth: number;
}

/** Goes through DAGs as Kubo does, remembering how deep each CID stood when only new ones count. */
class RefWalk {
  readonly #call: Call;
  readonly #options: RefWalkOptions;
  readonly #depths = new Map<string, number>();

  constructor(call: Call, options: RefWalkOptions) {
    this.#call = call;
    this.#options = options;
  }

  async *under(root: CID): AsyncGenerator<Edge, void> {
    const rest = (await this.#edges(root, 1)).toReversed();
    for (let edge = rest.pop(); edge !== undefined; edge = rest.pop()) {
      const { isNew, goesOn } = this.#visit(edge);
      if (!isNew && !goesOn) continue;
      if (isNew) {
        await this.#assertHere(edge.link.cid);
        yield edge;
      }
      if (!goesOn) continue;
      const inner = await this.#edges(edge.link.cid, edge.depth + 1);
      if (rest.length + inner.length > MAX_PENDING_REFS) {
        throw new LimitExceededError("This DAG is too wide and too deep to be listed.");
      }
      rest.push(...inner.toReversed());
    }
  }

  async #edges(from: CID, depth: number): Promise<Edge[]> {
    const { store, signal } = this.#call;
    if (from.code === RAW && depth > 1) return [];
    const links = nodeLinks(from, await store.blocks.get(from, { signal }));
    return links.map((link) => ({ link, from, depth }));
  }

  #visit({ link, depth }: Edge): { isNew: boolean; goesOn: boolean } {
    const { unique, maxDepth } = this.#options;
    if (maxDepth >= 0 && depth > maxDepth) return { isNew: false, goesOn: false };
    const goesOn = depth !== maxDepth;
    if (!unique) return { isNew: true, goesOn };
    const key = link.cid.toString();
    const before = this.#depths.get(key);
    if (before !== undefined && (maxDepth < 0 || before <= depth)) {
      return { isNew: false, goesOn: false };
    }
    if (this.#depths.size >= MAX_SEEN) {
      throw new LimitExceededError(`At most ${MAX_SEEN} different blocks are listed.`);
    }
    this.#depths.set(key, depth);
    return { isNew: before === undefined, goesOn };
  }

  /** What is listed is here. */
  async #assertHere(cid: CID): Promise<void> {
    const { store, signal } = this.#call;
    if (await store.blocks.has(cid, { signal })) return;
    throw new NotFoundError(`ipld: could not find ${cid.toString()}`);
  }
}
