import type { CommandShape } from "../command.ts";

/** A place in the tree, under the words that lead there: `"config profile"`, `""` for the root. */
export interface Place {
  key: string;
  node: CommandShape;
}

/** Every place of the tree, the root first. */
export function wordsOf(root: CommandShape): Place[] {
  const below = (node: CommandShape, key: string): Place[] => [
    { key, node },
    ...(node.subcommands ?? []).flatMap((child) =>
      below(child, key === "" ? child.name : `${key} ${child.name}`),
    ),
  ];
  return below(root, "");
}

/** One line of plain text: what a shell shows beside a word. */
export function shortText(help: string): string {
  const [sentence = ""] = help.split(/(?<=[.;:])\s/);
  return sentence.replace(/[.;:]$/, "");
}
