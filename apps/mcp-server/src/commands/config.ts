import { configSchema } from "../config/json-schema.ts";
import { loadConfig, locateConfig } from "../config/load-config.ts";
import { configLines, configRecord } from "../config/print-config.ts";
import { SERVE_FLAGS } from "../config/serve-flags.ts";
import type { Command, CommandGroup, CommandInput } from "./command.ts";
import { profile } from "./profile.ts";

const print: Command = {
  name: "print",
  summary: "Show what a server started now, with these flags, would be told.",
  usage: "",
  count: { min: 0, max: 0 },
  common: "local",
  details: ["It takes every flag of serve. With --json it is a configuration file."],
  flags: {
    origin: { type: "boolean", help: "Say where each value comes from." },
    ...Object.fromEntries(SERVE_FLAGS),
  },
  async run(input, { env, output }) {
    const { entries, warnings } = loadConfig(serveFlagsIn(input), env);
    for (const warning of warnings) output.note(`ipfs-kit: ${warning}`);
    const options = { origin: input.isOn("origin") };
    await output.result(configRecord(entries, options), ...configLines(entries, options));
  },
};

const schema: Command = {
  name: "schema",
  summary: "Print the JSON Schema of the configuration file, for editors.",
  usage: "",
  count: { min: 0, max: 0 },
  common: "local",
  flags: {},
  async run(_input, { output }) {
    const record = configSchema();
    await output.result(record, ...JSON.stringify(record, undefined, 2).split("\n"));
  },
};

const path: Command = {
  name: "path",
  summary: "Tell where the configuration file is looked for.",
  usage: "",
  count: { min: 0, max: 0 },
  common: "local",
  flags: {},
  async run(_input, { env, output }) {
    const place = locateConfig([], env);
    await output.result({ path: place }, place);
  },
};

export const config: CommandGroup = {
  name: "config",
  summary: "Show the configuration of a server, and keep the servers you work with.",
  usage: "",
  common: "local",
  flags: {},
  subcommands: [print, schema, path, profile],
};

/** The flags of `serve` among those given, as `serve` reads them. */
function serveFlagsIn(input: CommandInput): string[] {
  return Array.from(SERVE_FLAGS.keys()).flatMap((name) =>
    input.texts(name).map((text) => `--${name}=${text}`),
  );
}
