import { SERVE_FLAGS } from "../config/serve-flags.ts";
import type { CommandShape } from "./command.ts";

/** How a server is started, for help, completions and the manual; `serve.ts` does it. */
export const serveShape: CommandShape = {
  name: "serve",
  summary: "Start a server; what happens without any command.",
  usage: "",
  details: [
    "Each flag can be set by a variable, IPFS_KIT_ and its name in capitals, and in a configuration file by its name with underscores. The flag wins over the variable, the variable over the file.",
  ],
  flags: {
    ...Object.fromEntries(SERVE_FLAGS),
    help: { type: "boolean", short: "h", section: "Running", help: "Show this text." },
    version: { type: "boolean", section: "Running", help: "Show the version." },
  },
  common: "none",
};
