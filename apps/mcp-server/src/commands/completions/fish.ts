import type { CommandFlag, CommandShape } from "../command.ts";
import { flagsOf } from "../common-flags.ts";
import { type Place, shortText, wordsOf } from "./command-words.ts";

/**
 * Completions for fish. A function says where in the tree the words typed so far lead; each line below
 * is offered at one place.
 */
export function fishCompletions(root: CommandShape): string {
  const places = wordsOf(root);
  return `# Completions of ipfs-kit for fish: ipfs-kit completions fish > ~/.config/fish/completions/ipfs-kit.fish
function __ipfs_kit_at --argument-names wanted
    set --local at ""
    for word in (commandline --tokens-expanded --current-process --cut-at-cursor 2>/dev/null; or commandline -opc)[2..-1]
        switch "$at:$word"
${places.flatMap(stepsOf).join("\n")}
        end
    end
    test "$at" = "$wanted"
end
complete --command ipfs-kit --erase
complete --command ipfs-kit --no-files
${places.flatMap(linesOf).join("\n")}
`;
}

function stepsOf({ key, node }: Place): string[] {
  return (node.subcommands ?? []).flatMap(({ name, aliases = [] }) => [
    `            case ${[name, ...aliases].map((word) => quoted(`${key}:${word}`)).join(" ")}`,
    `                set at ${quoted(key === "" ? name : `${key} ${name}`)}`,
  ]);
}

function linesOf({ key, node }: Place): string[] {
  const at = `complete --command ipfs-kit --condition ${quoted(`__ipfs_kit_at ${quotedInside(key)}`)}`;
  const { completes, subcommands = [] } = node;
  return [
    ...subcommands.map(
      ({ name, summary }) =>
        `${at} --arguments ${quoted(name)} --description ${quoted(shortText(summary))}`,
    ),
    ...(completes === undefined
      ? []
      : [
          completes === "file"
            ? `${at} --force-files`
            : `${at} --arguments ${quoted(completes.join(" "))}`,
        ]),
    ...Array.from(flagsOf(node), ([name, flag]) => `${at} ${flagLine(name, flag)}`),
  ];
}

function flagLine(name: string, { type, short, choices, completes, help }: CommandFlag): string {
  const parts = [`--long-option ${name}`];
  if (short !== undefined) parts.push(`--short-option ${short}`);
  if (completes === "file") parts.push("--require-parameter", "--force-files");
  // A value, and no names of files for it.
  else if (type === "string") parts.push("--exclusive");
  if (completes === "folder") parts.push("--arguments '(__fish_complete_directories)'");
  if (choices !== undefined) parts.push(`--arguments ${quoted(choices.join(" "))}`);
  return [...parts, `--description ${quoted(shortText(help))}`].join(" ");
}

/** Between single quotes only these two mean something. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function quotedInside(text: string): string {
  return `"${text}"`;
}
