import { IpfsKitError } from "@ipfs-kit/core";

import { type Command, type CommandContext, type CommandInput } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { textAt } from "./rpc-client.ts";

export const pin: Command = {
  name: "pin",
  summary: "Keep content, let it go, or list what is kept.",
  usage: "add <cid>… | rm <cid>… | ls [cid…]",
  count: { min: 1 },
  changes: true,
  flags: {
    name: { type: "string", value: "<text>", help: "With add: kept beside the pin." },
    direct: { type: "boolean", help: "With add: the one block, not what is under it." },
    type: {
      type: "string",
      value: "<type>",
      help: "With ls: recursive, direct, indirect or all. Default recursive.",
    },
  },
  async run(input, context) {
    const [action = "", ...cids] = input.arguments;
    if (action === "ls") return list(input, cids, context);
    if (action !== "add" && action !== "rm") throw new UsageError("Say pin add, pin rm or pin ls.");
    if (cids.length === 0) throw new UsageError(`pin ${action} needs a CID.`);
    const { server, output, signal } = context;
    for (const cid of cids) {
      const query = {
        arg: cid,
        // Progress keeps the line busy while a large DAG is walked.
        ...(action === "add" && {
          name: input.text("name"),
          recursive: !input.isOn("direct"),
          progress: true,
        }),
      };
      const answer = await server.object(`pin/${action}`, { query, signal });
      if (!hasPins(answer)) throw new IpfsKitError("unavailable", "The server did not say it did.");
      const done = action === "add" ? "pinned" : "unpinned";
      await output.result({ cid, status: done }, `${done} ${cid}`);
    }
  },
};

function hasPins(answer: unknown): boolean {
  const pins: unknown =
    typeof answer === "object" && answer !== null ? Reflect.get(answer, "Pins") : undefined;
  return Array.isArray(pins) && pins.length > 0;
}

async function list(
  input: CommandInput,
  cids: readonly string[],
  { server, output, signal }: CommandContext,
): Promise<void> {
  const type = input.text("type") ?? (cids.length > 0 ? "all" : "recursive");
  const query = { arg: cids, type, stream: true, names: true };
  for await (const line of server.lines("pin/ls", { query, signal })) {
    const [cid = "", kind = ""] = [textAt(line, "Cid"), textAt(line, "Type")];
    const name = textAt(line, "Name") ?? "";
    const text = [cid, kind, name].filter((part) => part !== "").join("  ");
    await output.result({ cid, type: kind, ...(name !== "" && { name }) }, text);
  }
}
