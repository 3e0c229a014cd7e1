import { IpfsKitError } from "@ipfs-kit/core";

import type { Command, CommandContext, CommandGroup } from "./command.ts";
import { listAt, textAt } from "./json-fields.ts";

const add: Command = {
  name: "add",
  summary: "Keep content: garbage collection leaves it alone.",
  usage: "<cid>…",
  count: { min: 1 },
  changes: true,
  flags: {
    name: { type: "string", value: "<text>", help: "Kept beside the pin." },
    direct: { type: "boolean", help: "The one block, not what is under it." },
  },
  async run(input, context) {
    for (const cid of input.arguments) {
      // Progress keeps the line busy while a large DAG is walked.
      const query = { name: input.text("name"), recursive: !input.isOn("direct"), progress: true };
      await change("add", cid, query, context);
    }
  },
};

const rm: Command = {
  name: "rm",
  summary: "Let content go: the next garbage collection may take it.",
  usage: "<cid>…",
  count: { min: 1 },
  changes: true,
  flags: {},
  async run(input, context) {
    for (const cid of input.arguments) await change("rm", cid, {}, context);
  },
};

const ls: Command = {
  name: "ls",
  summary: "List what is kept.",
  usage: "[cid…]",
  flags: {
    type: {
      type: "string",
      value: "<type>",
      choices: ["recursive", "direct", "indirect", "all"],
      help: "recursive, direct, indirect or all. Default recursive; all when CIDs are named.",
    },
  },
  async run(input, { server, output, signal }) {
    const cids = input.arguments;
    const type = input.text("type") ?? (cids.length > 0 ? "all" : "recursive");
    const query = { arg: cids, type, stream: true, names: true };
    for await (const line of server.lines("pin/ls", { query, signal })) {
      const [cid = "", kind = ""] = [textAt(line, "Cid"), textAt(line, "Type")];
      const name = textAt(line, "Name") ?? "";
      const text = [cid, kind, name].filter((part) => part !== "").join("  ");
      await output.result({ cid, type: kind, ...(name !== "" && { name }) }, text);
    }
  },
};

export const pin: CommandGroup = {
  name: "pin",
  summary: "Keep content, let it go, or list what is kept.",
  usage: "",
  flags: {},
  subcommands: [add, rm, ls],
};

async function change(
  action: "add" | "rm",
  cid: string,
  query: Readonly<Record<string, string | boolean | undefined>>,
  { server, output, signal }: CommandContext,
): Promise<void> {
  const answer = await server.object(`pin/${action}`, { query: { arg: cid, ...query }, signal });
  if (listAt(answer, "Pins").length === 0) {
    throw new IpfsKitError("unavailable", "The server did not say it did.");
  }
  const done = action === "add" ? "pinned" : "unpinned";
  await output.result({ cid, status: done }, `${done} ${cid}`);
}
