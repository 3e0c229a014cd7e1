import { AbortedError, errorCodeOf, IpfsKitError } from "@ipfs-kit/core";

import { ConfigError } from "../errors.ts";
import type { Command, CommandContext, CommandInput, Environment } from "./command.ts";
import {
  adviceFor,
  CheckFailedError,
  COMMAND_EXIT,
  commandExitOf,
  UsageError,
} from "./command-exit.ts";
import { DEFAULT_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS } from "./common-flags.ts";
import { plainText } from "../logging/plain-text.ts";
import { redactText } from "../logging/redact.ts";
import { commandHelp, usageLine } from "./help-text.ts";
import { Output, type OutputInit, ReaderGoneError } from "./output.ts";
import { checkCount, readInput, wholeNumberIn } from "./read-input.ts";
import { RpcClient } from "./rpc-client.ts";
import { chooseServer } from "./server-choice.ts";

/** The surroundings of a command. */
export interface CommandSurroundings {
  /** Asked for only by a command that reads it: to open it can keep a process alive. */
  stdin: () => AsyncIterable<Uint8Array> & { isTTY?: boolean };
  stdout: OutputInit["stdout"];
  stderr: OutputInit["stderr"];
  env: Environment;
  /** Fires on Ctrl-C. */
  signal: AbortSignal;
}

/**
 * Runs a command to its end.
 *
 * @param path its name with those above it, e.g. `["pin", "add"]`
 * @returns the exit code
 */
export async function runCommand(
  command: Command,
  path: readonly string[],
  args: readonly string[],
  surroundings: CommandSurroundings,
): Promise<number> {
  const { stdout, stderr, signal } = surroundings;
  try {
    const input = readInput(command, args);
    if (input.isOn("help")) {
      stdout.write(commandHelp(command, path));
      return COMMAND_EXIT.ok;
    }
    checkCount(command, input, usageLine(command, path));
    await command.run(input, await contextOf(command, input, surroundings));
    return COMMAND_EXIT.ok;
  } catch (error) {
    // As every command in a pipe: who reads our output has had enough, and needs no word about it.
    if (error instanceof ReaderGoneError) return COMMAND_EXIT.ok;
    if (signal.aborted) {
      if (command.runsUntilInterrupted === true) return COMMAND_EXIT.ok;
      stderr.write("\nipfs-kit: interrupted\n");
      return COMMAND_EXIT.interrupted;
    }
    for (const line of linesOf(error, path, args.includes("--json"))) stderr.write(`${line}\n`);
    return commandExitOf(error);
  }
}

async function contextOf(
  command: Command,
  input: CommandInput,
  { stdin, stdout, stderr, env, signal }: CommandSurroundings,
): Promise<CommandContext> {
  const output = new Output({
    stdout,
    stderr,
    json: input.isOn("json"),
    outlivesReader: command.changes === true,
    signal,
  });
  const { url, token, isNamed, warning } = await chooseServer(input, env);
  if (warning !== undefined) output.note(`ipfs-kit: ${warning}`);
  return {
    server: new RpcClient({ url, token, idleMs: idleSeconds(input, command) * 1000 }),
    serverIsNamed: isNamed,
    output,
    stdin: () => piped(stdin()),
    env,
    signal,
  };
}

function idleSeconds(
  input: CommandInput,
  { patienceSeconds = DEFAULT_TIMEOUT_SECONDS }: Command,
): number {
  return (
    wholeNumberIn(input, "timeout-seconds", { min: 1, max: MAX_TIMEOUT_SECONDS }) ?? patienceSeconds
  );
}

function piped(
  stdin: ReturnType<CommandSurroundings["stdin"]>,
): AsyncIterable<Uint8Array> | undefined {
  return stdin.isTTY === true ? undefined : stdin;
}

/** What went wrong, for people, or with `--json` for programs. Nothing in it steers a terminal. */
function linesOf(error: unknown, path: readonly string[], json: boolean): string[] {
  if (error instanceof CheckFailedError) return [];
  // Somebody may have put a secret where none belongs.
  const lines = (error instanceof ConfigError ? error.faults : [explain(error)]).map(redactText);
  if (!json) return lines.map((line) => plainText(`ipfs-kit ${path.join(" ")}: ${line}`));
  const code = errorCodeOf(error);
  return lines.map((message) => plainText(JSON.stringify({ error: { code, message } })));
}

/** What went wrong and, when it is known, what to do: one line. */
function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.replaceAll(/\s*[\r\n]+\s*/g, " ");
  if (!(error instanceof IpfsKitError) || error instanceof AbortedError)
    return `it failed: ${line}`;
  const advice = error instanceof UsageError ? undefined : adviceFor(error);
  return advice === undefined ? line : `${line} ${advice}`;
}
