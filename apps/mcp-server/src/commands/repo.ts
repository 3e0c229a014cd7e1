import { IpfsKitError } from "@ipfs-kit/core";

import { type Command } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { humanBytes, type Output } from "./output.ts";
import { type RpcCall, type RpcClient, textAt } from "./rpc-client.ts";

/** What is too large a number for JSON stands for "no limit". */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

export const repo: Command = {
  name: "repo",
  summary: "Tell how full the store is, or check every block in it.",
  usage: "stat | verify",
  count: { min: 1, max: 1 },
  flags: {},
  async run(input, { server, output, signal }) {
    const [action] = input.arguments;
    if (action === "stat") {
      const stats = await server.object("repo/stat", { signal });
      const [bytes, blocks] = [numberAt(stats, "RepoSize"), numberAt(stats, "NumObjects")];
      const max = limitIn(stats);
      const where = textAt(stats, "RepoPath") ?? "";
      const of = max === undefined ? "" : ` of ${humanBytes(max)}`;
      await output.result(
        { blocks, bytes, max_bytes: max, location: where },
        `${blocks ?? "?"} blocks, ${humanBytes(bytes ?? 0)}${of} in ${where}`,
      );
      return;
    }
    if (action !== "verify") throw new UsageError("Say repo stat or repo verify.");
    await verify(server, output, { signal });
  },
};

async function verify(server: RpcClient, output: Output, call: RpcCall): Promise<void> {
  try {
    for await (const line of server.lines("repo/verify", call)) {
      const message = textAt(line, "Msg") ?? "";
      if (message === "") output.status(`${numberAt(line, "Progress") ?? 0} blocks read`);
      else await output.result({ message }, message);
      const failure = textAt(line, "Error");
      if (failure !== undefined && failure !== "") throw new IpfsKitError("integrity", failure);
    }
  } finally {
    output.status("");
  }
}

function limitIn(stats: unknown): number | undefined {
  const max = numberAt(stats, "StorageMax");
  return max === 0 || max === UNLIMITED ? undefined : max;
}

/** Too large a number is no number: Kubo says "no limit" by the largest 64 bits hold. */
function numberAt(value: unknown, name: string): number | undefined {
  const found: unknown =
    typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return Number.isSafeInteger(found) ? Number(found) : undefined;
}
