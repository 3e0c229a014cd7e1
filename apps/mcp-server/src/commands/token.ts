import { loadConfig } from "../config/load-config.ts";
import { DASHBOARD_PATH, LOGIN_MINUTES } from "../defaults.ts";
import { ROLES } from "../edge/access.ts";
import type { TokenStore } from "../edge/token-store.ts";
import { readServerAddress } from "../server-address.ts";
import type { Command, CommandFlag, CommandGroup, CommandInput, Environment } from "./command.ts";
import { NoServerError, UnreachableError, UsageError } from "./command-exit.ts";
import { wholeNumberIn } from "./read-input.ts";
import { readUrl } from "./server-choice.ts";

const MAX_DAYS = 3650;
/** A server on this machine answers at once, or is busy. */
const ANSWER_MS = 10_000;

/** Where the tokens are: a server that runs on that folder sees every change within a second. */
const FOLDER = {
  "persistence-path": {
    type: "string",
    value: "<folder>",
    completes: "folder",
    help: "The data folder of the server. Default: as for serve.",
  },
} as const satisfies Record<string, CommandFlag>;

const create: Command = {
  name: "create",
  summary: "Make a token, and print it: it is kept nowhere and cannot be shown again.",
  usage: "",
  count: { min: 0, max: 0 },
  common: "local",
  changes: true,
  details: [
    "From the first token on, every request to the server needs one, also from this machine.",
    "A viewer may look and play, an operator may also add, pin and remove, an admin may also manage tokens.",
  ],
  flags: {
    role: { type: "string", value: "<role>", choices: ROLES, help: "What it may do." },
    name: { type: "string", value: "<text>", help: "What it is for." },
    "expires-days": {
      type: "string",
      value: "<number>",
      help: `How long it works, 1 to ${MAX_DAYS}. Default: until it is revoked.`,
    },
    ...FOLDER,
  },
  async run(input, { env, output }) {
    const role = ROLES.find((known) => known === input.text("role"));
    const name = input.text("name");
    if (role === undefined) throw new UsageError(`--role is needed: ${ROLES.join(", ")}.`);
    if (name === undefined) throw new UsageError("--name is needed: what the token is for.");
    const days = wholeNumberIn(input, "expires-days", { min: 1, max: MAX_DAYS });
    const store = await storeIn(folderOf(input, env));
    const { daysFromNow } = await import("../edge/token-store.ts");
    const { text, info } = await store.create({ name, role, expiresAt: daysFromNow(days) });
    await output.result({ ...info, token: text }, text);
    output.note("Keep it: it is not shown again.");
  },
};

const list: Command = {
  name: "list",
  aliases: ["ls"],
  summary: "List the tokens; secrets are not kept, so they are not shown.",
  usage: "",
  count: { min: 0, max: 0 },
  common: "local",
  flags: FOLDER,
  async run(input, { env, output }) {
    for (const info of (await storeIn(folderOf(input, env))).list()) {
      const { id, name, role, created_at, expires_at, is_expired } = info;
      const until =
        expires_at === undefined ? "" : `, ${is_expired ? "expired" : "until"} ${expires_at}`;
      await output.result(info, `${id}  ${role.padEnd(8)}  ${name}  (made ${created_at}${until})`);
    }
  },
};

const revoke: Command = {
  name: "revoke",
  summary: "Take a token back: within a second it opens nothing any more.",
  usage: "<id>",
  count: { min: 1, max: 1 },
  common: "local",
  changes: true,
  flags: FOLDER,
  async run(input, { env, output }) {
    // Whoever has only the token itself at hand may name that.
    const [text = ""] = input.arguments;
    const id = text.replace(/^ik_/, "").split(".")[0] ?? "";
    const info = await (await storeIn(folderOf(input, env))).revoke(id);
    await output.result({ revoked: info.id, name: info.name }, `revoked ${info.id}  ${info.name}`);
  },
};

const loginLink: Command = {
  name: "login-link",
  summary: `Print a link that opens the dashboard as admin: once, within ${LOGIN_MINUTES} minutes.`,
  usage: "",
  count: { min: 0, max: 0 },
  common: "local",
  changes: true,
  flags: {
    server: {
      type: "string",
      value: "<url>",
      help: "Where the server is reached. Default: the one that runs on the data folder.",
    },
    ...FOLDER,
  },
  async run(input, { env, output, signal }) {
    const server = input.text("server");
    const folder = folderOf(input, env);
    const url =
      server === undefined ? await runningOn(folder, signal) : readUrl(server, "--server");
    const page = new URL(`.${DASHBOARD_PATH}`, url.href.replace(/\/*$/, "/"));
    page.hash = `login=${await (await storeIn(folder)).createLogin()}`;
    await output.result({ url: page.href, expires_in_seconds: LOGIN_MINUTES * 60 }, page.href);
  },
};

export const token: CommandGroup = {
  name: "token",
  summary: "Say who may use a server: make, list and revoke tokens in its data folder.",
  usage: "",
  common: "local",
  flags: {},
  subcommands: [create, list, revoke, loginLink],
};

/** Loaded when it is used: other commands start quicker without it. */
async function storeIn(folder: string): Promise<TokenStore> {
  const { TokenStore: Store } = await import("../edge/token-store.ts");
  const store = new Store({ folder });
  store.refresh();
  return store;
}

/** Where `serve` would keep its data here. @throws ConfigError; UsageError when it would keep none */
function folderOf(input: CommandInput, env: Environment): string {
  const folder = input.text("persistence-path");
  const flags = folder === undefined ? [] : [`--persistence-path=${folder}`];
  const { persistencePath } = loadConfig(flags, env).config;
  if (persistencePath !== undefined) return persistencePath;
  throw new UsageError("A server in isolation has no folder for tokens: name --persistence-path.");
}

/** Asks there: what was written may be of a server that was killed. @throws NoServerError, UnreachableError */
async function runningOn(folder: string, signal: AbortSignal): Promise<URL> {
  const url = await readServerAddress(folder);
  if (url === undefined) throw new NoServerError(folder);
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    const answer = await fetch(new URL("/livez", url), { signal: deadline });
    await answer.body?.cancel();
  } catch (error) {
    if (signal.aborted) throw error;
    // "fetch failed" alone says nothing.
    throw new UnreachableError(url.origin, error instanceof Error ? (error.cause ?? error) : error);
  }
  return url;
}
