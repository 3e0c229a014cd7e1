import { nearestOf } from "../nearest.ts";
import type { Command, CommandShape } from "./command.ts";

/** Where the words of a command line lead in the tree. */
export interface Found {
  node: CommandShape;
  /** The true names of the way there; empty for the root. */
  path: string[];
  /** What follows. */
  rest: string[];
}

/** Follows the words from the root as far as they name commands. */
export function findCommand(root: CommandShape, args: readonly string[]): Found {
  let node = root;
  const path: string[] = [];
  for (const word of args) {
    const next = node.subcommands?.find(
      ({ name, aliases = [] }) => name === word || aliases.includes(word),
    );
    if (next === undefined) break;
    node = next;
    path.push(next.name);
  }
  return { node, path, rest: args.slice(path.length) };
}

/** The sentence that there is no such command, and which one may be meant. */
export function unknownCommand(
  { subcommands = [] }: CommandShape,
  path: readonly string[],
  word: string,
): string {
  const names = subcommands.map(({ name }) => name);
  const near = nearestOf(
    word,
    subcommands.flatMap(({ name, aliases = [] }) => [name, ...aliases]),
  );
  const shown = JSON.stringify([...path, word.slice(0, 80)].join(" "));
  const advice = near === undefined ? `use ${names.join(", ")}.` : `did you mean ${near}?`;
  return `There is no command ${shown}: ${advice}`;
}

/** Whether it does something by itself. */
export function isCommand(node: CommandShape): node is Command {
  return "run" in node;
}
