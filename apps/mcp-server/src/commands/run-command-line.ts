import { plainText } from "../logging/plain-text.ts";
import type { CommandShape } from "./command.ts";
import { COMMAND_EXIT } from "./command-exit.ts";
import { findCommand, isCommand, unknownCommand } from "./find-command.ts";
import { commandHelp } from "./help-text.ts";
import { type CommandSurroundings, runCommand } from "./run-command.ts";

const HELP: ReadonlySet<string> = new Set(["--help", "-h"]);

/**
 * Runs what the words of a command line name. For `serve` and for no command at all, see `main.ts`.
 *
 * @returns the exit code
 */
export async function runCommandLine(
  root: CommandShape,
  args: readonly string[],
  surroundings: CommandSurroundings,
): Promise<number> {
  const { node, path, rest } = findCommand(root, args);
  if (isCommand(node)) return runCommand(node, path, rest, surroundings);
  const { stdout, stderr } = surroundings;
  if (rest.some((word) => HELP.has(word))) {
    stdout.write(commandHelp(node, path));
    return COMMAND_EXIT.ok;
  }
  const [word] = rest;
  const names = node.subcommands?.map(({ name }) => name).join(", ") ?? "";
  const why =
    word === undefined || word.startsWith("-")
      ? `Say which command: ${names}.`
      : unknownCommand(node, path, word);
  stderr.write(`${["ipfs-kit", ...path].join(" ")}: ${plainText(why)}\n`);
  return COMMAND_EXIT.usage;
}
