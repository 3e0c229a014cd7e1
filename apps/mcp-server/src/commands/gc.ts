import { IpfsKitError } from "@ipfs-kit/core";

import type { Command } from "./command.ts";
import { fieldAt, textAt } from "./json-fields.ts";

export const gc: Command = {
  name: "gc",
  summary: "Remove everything that no pin needs.",
  usage: "",
  count: { min: 0, max: 0 },
  changes: true,
  // Nothing is told while what the pins need is looked for, which is long in a large store.
  patienceSeconds: 3600,
  flags: { quiet: { type: "boolean", short: "q", help: "Tell only how many blocks went." } },
  async run(input, { server, output, signal }) {
    let removed = 0;
    for await (const line of server.lines("repo/gc", {
      query: { "stream-errors": true },
      signal,
    })) {
      const failure = textAt(line, "Error");
      if (failure !== undefined && failure !== "") throw new IpfsKitError("unavailable", failure);
      const cid = textAt(fieldAt(line, "Key"), "/") ?? "";
      removed += 1;
      if (!input.isOn("quiet")) await output.result({ removed: cid }, `removed ${cid}`);
    }
    await output.result({ blocks: removed }, `${removed} blocks removed`);
  },
};
