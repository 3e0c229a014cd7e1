import type { Command } from "./command.ts";
import { printRows } from "./rows.ts";

export const connections: Command = {
  name: "connections",
  summary: "List the streaming connections of the server.",
  usage: "",
  count: { min: 0, max: 0 },
  flags: {},
  async run(_input, context) {
    const columns = ["connection_id", "status", "content_cid", "quality", "age_seconds"];
    const init = { path: "webrtc/connections", field: "connections", columns };
    await printRows({ ...init, what: "A list of connections" }, context);
  },
};
