import { RUNTIME, VERSION } from "../version.ts";
import type { Command } from "./command.ts";
import { serverFacts } from "./server-facts.ts";

export const version: Command = {
  name: "version",
  summary: "Tell the version of this program and, when one is named, of a server.",
  usage: "",
  count: { min: 0, max: 0 },
  flags: {},
  async run(_input, { server, serverIsNamed, output, signal }) {
    const asked = serverIsNamed ? await serverFacts(server, signal) : undefined;
    const lines = [`ipfs-kit ${VERSION} (${RUNTIME})`];
    if (asked !== undefined) {
      const runtime = asked.runtime === undefined ? "" : ` (${asked.runtime})`;
      lines.push(`server   ${asked.version}${runtime} at ${asked.url}`);
    }
    const record = { version: VERSION, runtime: RUNTIME, ...(asked && { server: asked }) };
    await output.result(record, ...lines);
  },
};
