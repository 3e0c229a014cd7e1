import { isLoopback } from "../edge/names.ts";
import type { CommandInput, Environment } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { Profiles } from "./profiles.ts";

const DEFAULT_SERVER = "http://127.0.0.1:8000";
const SERVER_VARIABLE = "IPFS_KIT_SERVER";
const PROFILE_VARIABLE = "IPFS_KIT_PROFILE";
const TOKEN_VARIABLE = "IPFS_KIT_TOKEN";

/** Which server a command asks, and with what. */
export interface ServerChoice {
  url: URL;
  token?: string | undefined;
  /** Whether somebody named it; otherwise it is the default. */
  isNamed: boolean;
  /** Something the person should know. */
  warning?: string | undefined;
}

/** How the flags that choose a server are explained. */
export const SERVER_HELP = {
  server: `The server to ask. Default: ${SERVER_VARIABLE}, else ${DEFAULT_SERVER}.`,
  profile: `Take server and token from this profile (ipfs-kit config profile). Default: ${PROFILE_VARIABLE}.`,
  insecureToken: "Send the token over plain http to another machine all the same.",
};

/**
 * The flags before the environment; of each, the server before the profile. The token of a profile goes
 * to the server of that profile, that of the environment wherever the profile has none.
 *
 * @throws UsageError; NotFoundError for a profile that is not there
 */
export async function chooseServer(input: CommandInput, env: Environment): Promise<ServerChoice> {
  const [server, profile] = [input.text("server"), input.text("profile")];
  if (server !== undefined && profile !== undefined) {
    throw new UsageError("--server and --profile exclude each other: a profile names its server.");
  }
  const choice = await choose(env, server, profile);
  if (choice.token !== undefined) {
    checkToken(choice.token);
    checkLine(choice.url, input.isOn("insecure-token"));
  }
  return choice;
}

async function choose(
  env: Environment,
  server: string | undefined,
  profile: string | undefined,
): Promise<ServerChoice> {
  const token = env[TOKEN_VARIABLE] || undefined;
  if (server !== undefined) {
    return { url: readUrl(server, "--server"), token, isNamed: true };
  }
  const variable = profile === undefined ? env[SERVER_VARIABLE] || undefined : undefined;
  if (variable !== undefined) {
    return { url: readUrl(variable, SERVER_VARIABLE), token, isNamed: true };
  }
  const name = profile ?? (env[PROFILE_VARIABLE] || undefined);
  if (name === undefined) return { url: new URL(DEFAULT_SERVER), token, isNamed: false };
  const profiles = new Profiles(env);
  const found = await profiles.get(name);
  return {
    url: readUrl(found.server, `The server of profile ${name}`),
    token: found.token ?? token,
    isNamed: true,
    warning: found.token === undefined ? undefined : await profiles.warning(),
  };
}

/** @throws UsageError */
export function readUrl(text: string, source: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`${source} ${JSON.stringify(text)} is no http:// or https:// address.`);
  }
  // Such a secret would stand in the process list, in logs and in histories.
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(
      `${source} must not carry a name or password: put a token into ${TOKEN_VARIABLE}.`,
    );
  }
  return url;
}

/** What a header cannot carry is no token. @throws UsageError without repeating the secret */
export function checkToken(token: string): void {
  if (/^[\x21-\x7E]{1,512}$/.test(token)) return;
  throw new UsageError("The token is not of the form ik_<id>.<secret>: it is one word.");
}

function checkLine(url: URL, isInsecureAllowed: boolean): void {
  const isOpen = url.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
  if (!isOpen || isInsecureAllowed) return;
  throw new UsageError(
    `The token is not sent to ${url.origin}: without https everybody on the way could read it and use it. Use https://, or add --insecure-token.`,
  );
}
