import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createMemoryRepository } from "@ipfs-kit/content-memory";
import { startKubo } from "@ipfs-kit/testing";

import { type CommandResult, IpfsCommand, makeFiles } from "./ipfs-command.ts";
import { startRpc } from "./rpc-server.ts";

/** What Kubo does by default is not our profile: it is told to do the same. */
const SAME_IMPORT = {
  CidVersion: 1,
  UnixFSRawLeaves: true,
  UnixFSChunker: "size-1048576",
  UnixFSFileMaxLinks: 1024,
};

const MISSING = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

/** What every run may name by `$`: made by the same commands on both sides. */
const MADE: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["FILE", ["add", "-Q", "tree/a.txt"]],
  ["BIG", ["add", "-Q", "tree/big.bin"]],
  ["TREE", ["add", "-rQ", "tree"]],
  ["WIDE", ["add", "-rQ", "wide"]],
  ["NODE", ["dag", "put", "node.json"]],
];

/** Kubo's `ipfs` command against Kubo and against this server, with the same files and content. */
export interface CommandPair extends AsyncDisposable {
  theirs: IpfsCommand;
  ours: IpfsCommand;
  /** `"cat $TREE/a.txt"` as arguments; `_` stands for a space inside of one. */
  argumentsOf(text: string): string[];
  /** Runs it against both. */
  run(
    text: string,
    input?: string | Uint8Array,
  ): Promise<{ kubo: CommandResult; us: CommandResult }>;
}

export async function startCommandPair(): Promise<CommandPair> {
  const folder = await mkdtemp(join(tmpdir(), "kubo-rpc-"));
  const kubo = await startKubo({ config: { Import: SAME_IMPORT } });
  const rpc = await startRpc({ store: createMemoryRepository() });
  const commandOf = async (name: string, api: string): Promise<IpfsCommand> => {
    const own = await mkdtemp(join(folder, `${name}-`));
    await makeFiles(own);
    return new IpfsCommand({ api, folder: own, repo: kubo.repo });
  };
  const theirs = await commandOf("kubo", kubo.api);
  const ours = await commandOf("ours", rpc.url);
  const cids = new Map([["MISSING", MISSING]]);
  const argumentsOf = (text: string) =>
    text
      .replaceAll(/\$([A-Z]+)/g, (_all, name: string) => cids.get(name) ?? "")
      .split(" ")
      .map((part) => part.replaceAll("_", " "));
  for (const [name, args] of MADE) {
    await ours.run(args);
    cids.set(name, (await theirs.run(args)).stdout.trim());
  }
  const tree = await theirs.run(argumentsOf("dag export $TREE"));
  const node = await theirs.run(argumentsOf("dag export $NODE"));
  for (const { folder: own } of [theirs, ours]) {
    await writeFile(join(own, "tree.car"), tree.stdout, "latin1");
    await writeFile(join(own, "cut.car"), tree.stdout.slice(0, 100_000), "latin1");
    await writeFile(join(own, "node.car"), node.stdout, "latin1");
  }
  return {
    theirs,
    ours,
    argumentsOf,
    run: async (text, input) => {
      const args = argumentsOf(text);
      return { kubo: await theirs.run(args, input), us: await ours.run(args, input) };
    },
    [Symbol.asyncDispose]: async () => {
      await rpc[Symbol.asyncDispose]();
      await kubo.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
