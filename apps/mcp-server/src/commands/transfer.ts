import type { Command } from "./command.ts";
import { printRows } from "./rows.ts";

export const transfer: Command = {
  name: "transfer",
  summary: "List the transfers between this server and others.",
  usage: "",
  count: { min: 0, max: 0 },
  flags: {},
  async run(_input, context) {
    const columns = ["id", "status", "cid", "peer_id", "percent"];
    const init = { path: "transfers", field: "transfers", columns };
    await printRows({ ...init, what: "Transfers between servers" }, context);
  },
};
