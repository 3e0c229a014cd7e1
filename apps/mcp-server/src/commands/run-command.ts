import { parseArgs } from "node:util";

import { AbortedError, IpfsKitError } from "@ipfs-kit/core";

import { add } from "./add.ts";
import { cat } from "./cat.ts";
import type { Command, CommandFlag, CommandInput } from "./command.ts";
import { COMMAND_EXIT, commandExitOf, UsageError } from "./command-exit.ts";
import { gc } from "./gc.ts";
import { get } from "./get.ts";
import { ls } from "./ls.ts";
import { Output, type OutputInit, printable, ReaderGoneError } from "./output.ts";
import { pin } from "./pin.ts";
import { repo } from "./repo.ts";
import { RpcClient } from "./rpc-client.ts";
import { stat } from "./stat.ts";

const DEFAULT_SERVER = "http://127.0.0.1:8000";
const SERVER_VARIABLE = "IPFS_KIT_SERVER";
const DEFAULT_TIMEOUT_SECONDS = 60;
const MAX_TIMEOUT_SECONDS = 3600;

/** Every command that talks to a running server, in the order of the help text. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [add, cat, get, ls, stat, pin, gc, repo].map((command) => [command.name, command]),
);

/** What every command takes. */
const COMMON_FLAGS = {
  server: {
    type: "string",
    value: "<url>",
    help: `The server to ask. Default: ${SERVER_VARIABLE}, else ${DEFAULT_SERVER}.`,
  },
  "timeout-seconds": {
    type: "string",
    value: "<number>",
    help: `How long the server may be silent, 1 to ${MAX_TIMEOUT_SECONDS}.`,
  },
  json: { type: "boolean", help: "One JSON object per line instead of text; bytes stay bytes." },
  help: { type: "boolean", help: "Show this text." },
} as const satisfies Record<string, CommandFlag>;

/** The surroundings of a command. */
export interface CommandSurroundings {
  /** Asked for only by a command that reads it: to open it can keep a process alive. */
  stdin: () => AsyncIterable<Uint8Array> & { isTTY?: boolean };
  stdout: OutputInit["stdout"];
  stderr: OutputInit["stderr"];
  env: Readonly<Record<string, string | undefined>>;
  /** Fires on Ctrl-C. */
  signal: AbortSignal;
}

/** Runs a command to its end. @returns the exit code */
export async function runCommand(
  command: Command,
  args: readonly string[],
  { stdin, stdout, stderr, env, signal }: CommandSurroundings,
): Promise<number> {
  try {
    const input = readInput(command, args);
    if (input.isOn("help")) {
      stdout.write(commandHelp(command));
      return COMMAND_EXIT.ok;
    }
    checkCount(command, input);
    const idleMs = idleSeconds(input, command) * 1000;
    const server = new RpcClient({ url: serverUrl(input, env), idleMs });
    const output = new Output({
      stdout,
      stderr,
      json: input.isOn("json"),
      outlivesReader: command.changes === true,
      signal,
    });
    await command.run(input, { server, output, stdin: () => piped(stdin()), signal });
    return COMMAND_EXIT.ok;
  } catch (error) {
    // As every command in a pipe: who reads our output has had enough, and needs no word about it.
    if (error instanceof ReaderGoneError) return COMMAND_EXIT.ok;
    if (signal.aborted) {
      stderr.write("\nipfs-kit: interrupted\n");
      return COMMAND_EXIT.interrupted;
    }
    stderr.write(`ipfs-kit ${command.name}: ${explain(error)}\n`);
    return commandExitOf(error);
  }
}

/** What `ipfs-kit <command> --help` prints. */
function commandHelp({ name, summary, usage, flags, patienceSeconds }: Command): string {
  const rows = Object.entries({ ...flags, ...COMMON_FLAGS } as Record<string, CommandFlag>).map(
    ([flag, { short, value = "", help }]) => {
      const letter = short === undefined ? "    " : `-${short}, `;
      return `  ${`${letter}--${flag} ${value}`.padEnd(31)} ${help}`;
    },
  );
  return [
    `Usage: ipfs-kit ${name} ${usage} [flags]`,
    "",
    summary,
    "",
    "Flags:",
    ...rows,
    "",
    `The server may be silent for ${patienceSeconds ?? DEFAULT_TIMEOUT_SECONDS} s unless --timeout-seconds says otherwise.`,
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no server, 4 not allowed, 5 not found,",
    "6 timeout, 130 interrupted.",
    "",
  ].join("\n");
}

function readInput(command: Command, args: readonly string[]): CommandInput {
  const options: Record<string, CommandFlag> = { ...command.flags, ...COMMON_FLAGS };
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, short }]) => [
      name,
      { type, ...(short !== undefined && { short }) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: config,
      allowPositionals: true,
    });
    return {
      arguments: positionals,
      text: (name) => (typeof values[name] === "string" ? values[name] : undefined),
      isOn: (name) => values[name] === true,
    };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split(". ")[0] ?? "") : "";
    throw new UsageError(`${why}. See ipfs-kit ${command.name} --help.`);
  }
}

function checkCount({ name, usage, count }: Command, input: CommandInput): void {
  const { min, max = Infinity } = count ?? { min: 0 };
  const given = input.arguments.length;
  if (given >= min && given <= max) return;
  throw new UsageError(`It is used as ipfs-kit ${name} ${usage}.`);
}

function serverUrl(input: CommandInput, env: Readonly<Record<string, string | undefined>>): URL {
  const flag = input.text("server");
  const text = flag ?? (env[SERVER_VARIABLE] || DEFAULT_SERVER);
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  const source = flag === undefined ? SERVER_VARIABLE : "--server";
  throw new UsageError(`${source} ${JSON.stringify(text)} is no http:// or https:// address.`);
}

function idleSeconds(
  input: CommandInput,
  { patienceSeconds = DEFAULT_TIMEOUT_SECONDS }: Command,
): number {
  const text = input.text("timeout-seconds") ?? String(patienceSeconds);
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= MAX_TIMEOUT_SECONDS) return seconds;
  throw new UsageError(`--timeout-seconds is a whole number from 1 to ${MAX_TIMEOUT_SECONDS}.`);
}

function piped(
  stdin: ReturnType<CommandSurroundings["stdin"]>,
): AsyncIterable<Uint8Array> | undefined {
  return stdin.isTTY === true ? undefined : stdin;
}

function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = printable(message.replaceAll(/\s*[\r\n]+\s*/g, " "));
  const isExpected = error instanceof IpfsKitError && !(error instanceof AbortedError);
  return isExpected ? line : `it failed: ${line}`;
}
