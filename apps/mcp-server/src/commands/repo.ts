import { IpfsKitError } from "@ipfs-kit/core";

import { type Command } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { humanBytes, printable } from "./output.ts";
import { textAt } from "./rpc-client.ts";

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
      const max = numberAt(stats, "StorageMax");
      const where = textAt(stats, "RepoPath") ?? "";
      const of = max === undefined || max === 0 ? "" : ` of ${humanBytes(max)}`;
      await output.result(
        { blocks, bytes, max_bytes: max, location: where },
        `${blocks ?? "?"} blocks, ${humanBytes(bytes ?? 0)}${of} in ${printable(where)}`,
      );
      return;
    }
    if (action !== "verify") throw new UsageError("Say repo stat or repo verify.");
    for await (const line of server.lines("repo/verify", { signal })) {
      const message = textAt(line, "Msg") ?? "";
      if (message !== "") await output.result({ message }, printable(message));
      const failure = textAt(line, "Error");
      if (failure !== undefined && failure !== "") throw new IpfsKitError("integrity", failure);
    }
  },
};

/** Too large a number is no number: Kubo says "no limit" by the largest 64 bits hold. */
function numberAt(value: unknown, name: string): number | undefined {
  const found: unknown =
    typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return Number.isSafeInteger(found) ? Number(found) : undefined;
}
