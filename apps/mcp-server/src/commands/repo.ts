import { IpfsKitError } from "@ipfs-kit/core";

import type { Command, CommandGroup } from "./command.ts";
import { numberAt, textAt } from "./json-fields.ts";
import { humanBytes } from "./output.ts";

const stat: Command = {
  name: "stat",
  summary: "Tell how full the store is.",
  usage: "",
  count: { min: 0, max: 0 },
  flags: {},
  async run(_input, { server, output, signal }) {
    const stats = await server.object("repo/stat", { signal });
    const [bytes, blocks] = [numberAt(stats, "RepoSize"), numberAt(stats, "NumObjects")];
    const max = limitIn(stats);
    const where = textAt(stats, "RepoPath") ?? "";
    const of = max === undefined ? "" : ` of ${humanBytes(max)}`;
    await output.result(
      { blocks, bytes, max_bytes: max, location: where },
      `${blocks ?? "?"} blocks, ${humanBytes(bytes ?? 0)}${of} in ${where}`,
    );
  },
};

const verify: Command = {
  name: "verify",
  summary: "Read and hash every block again.",
  usage: "",
  count: { min: 0, max: 0 },
  flags: {},
  async run(_input, { server, output, signal }) {
    try {
      for await (const line of server.lines("repo/verify", { signal })) {
        const message = textAt(line, "Msg") ?? "";
        if (message === "") output.status(`${numberAt(line, "Progress") ?? 0} blocks read`);
        else await output.result({ message }, message);
        const failure = textAt(line, "Error");
        if (failure !== undefined && failure !== "") throw new IpfsKitError("integrity", failure);
      }
    } finally {
      output.status("");
    }
  },
};

export const repo: CommandGroup = {
  name: "repo",
  summary: "Tell how full the store is, or check every block in it.",
  usage: "",
  flags: {},
  subcommands: [stat, verify],
};

/** Kubo says "no limit" by the largest number 64 bits hold, which JSON cannot. */
function limitIn(stats: unknown): number | undefined {
  const max = numberAt(stats, "StorageMax");
  return max === 0 || max === Number.MAX_SAFE_INTEGER ? undefined : max;
}
