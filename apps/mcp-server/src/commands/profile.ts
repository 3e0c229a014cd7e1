import { abortable } from "@ipfs-kit/core";

import type { Command, CommandContext, CommandGroup } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { Profiles } from "./profiles.ts";
import { checkToken, readUrl } from "./server-choice.ts";

/** A token has less than 100 characters; who pipes in more has mistaken the file. */
const MAX_TOKEN_BYTES = 4096;

const add: Command = {
  name: "add",
  summary: "Add a profile, or change the one of that name.",
  usage: "<name> <url>",
  count: { min: 2, max: 2 },
  common: "local",
  readsInput: true,
  details: [
    "The token is that of IPFS_KIT_TOKEN, else what is piped in: an argument would stand in the list of processes. Without either, the profile has none.",
    "cat token.txt | ipfs-kit config profile add home https://kit.example",
  ],
  flags: {},
  async run(input, context) {
    const [name = "", address = ""] = input.arguments;
    const server = readUrl(address, "The server").href;
    const token = await tokenFor(context);
    if (token !== undefined) checkToken(token);
    const profiles = new Profiles(context.env);
    await profiles.set(name, { server, token });
    const has = token === undefined ? "without a token" : "with a token";
    await context.output.result(
      { name, server, has_token: token !== undefined, path: profiles.path },
      `${name}  ${server}  ${has}, in ${profiles.path}`,
    );
  },
};

const list: Command = {
  name: "list",
  aliases: ["ls"],
  summary: "List the profiles; tokens are not shown.",
  usage: "",
  count: { min: 0, max: 0 },
  common: "local",
  flags: {},
  async run(_input, { env, output }) {
    const profiles = new Profiles(env);
    await warn(profiles, output);
    for (const [name, { server, token }] of await profiles.all()) {
      const has = token === undefined ? "no token" : "with a token";
      await output.result(
        { name, server, has_token: token !== undefined },
        `${name}  ${server}  ${has}`,
      );
    }
  },
};

const remove: Command = {
  name: "remove",
  aliases: ["rm"],
  summary: "Forget a profile, its token too.",
  usage: "<name>",
  count: { min: 1, max: 1 },
  common: "local",
  flags: {},
  async run(input, { env, output }) {
    const [name = ""] = input.arguments;
    await new Profiles(env).remove(name);
    await output.result({ name, status: "removed" }, `removed ${name}`);
  },
};

export const profile: CommandGroup = {
  name: "profile",
  summary: "Name servers you work with, and keep the tokens that open them.",
  usage: "",
  common: "local",
  flags: {},
  subcommands: [add, list, remove],
};

/** @throws UsageError when what is piped in is no token */
async function tokenFor({ stdin, env, signal }: CommandContext): Promise<string | undefined> {
  const fromEnvironment = env["IPFS_KIT_TOKEN"] || undefined;
  const piped = fromEnvironment === undefined ? stdin() : undefined;
  if (piped === undefined) return fromEnvironment;
  const pieces: Uint8Array[] = [];
  let size = 0;
  const source = piped[Symbol.asyncIterator]();
  for (;;) {
    // Whoever holds the other end may never write.
    const { done, value } = await abortable(source.next(), signal);
    if (done === true) break;
    size += value.length;
    if (size > MAX_TOKEN_BYTES) throw new UsageError("What is piped in is too long for a token.");
    pieces.push(value);
  }
  return Buffer.concat(pieces).toString().trim() || undefined;
}

async function warn(profiles: Profiles, output: CommandContext["output"]): Promise<void> {
  const warning = await profiles.warning();
  if (warning !== undefined) output.note(`ipfs-kit: ${warning}`);
}
