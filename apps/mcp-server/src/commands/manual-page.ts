import { VERSION } from "../version.ts";
import type { CommandFlag, CommandShape } from "./command.ts";
import { flagsOf } from "./common-flags.ts";
import { type Place, wordsOf } from "./completions/command-words.ts";
import { COMMAND_EXITS, fold, SERVE_EXITS, usageLine } from "./help-text.ts";

/** Flags every command that asks a server has: told once. */
const SHARED = "Flags of every command that asks a server";

/** Longer ones are hard to read in the source, and linters say so. */
const MAX_LINE = 78;

/** The manual page of the whole tree, in the language of man(7): `man -l -` shows it. */
export function manualPage(root: CommandShape): string {
  const [, ...places] = wordsOf(root);
  const shared = Array.from(flagsOf({ ...EMPTY, common: "server" }));
  const lines = [
    `.TH IPFS-KIT 1 "" "ipfs-kit ${VERSION}" "User Commands"`,
    ".SH NAME",
    textLines(`ipfs-kit - ${lowerFirst(root.summary)}`),
    ".SH SYNOPSIS",
    ".B ipfs-kit",
    "[serve] [flags]",
    ".br",
    ".B ipfs-kit",
    "<command> ...",
    ".SH COMMANDS",
    ...places.flatMap(commandLines),
    `.SH ${SHARED.toUpperCase()}`,
    ...shared.flatMap(flagLines),
    ".SH EXIT STATUS",
    "Of serve:",
    textLines(afterColon(SERVE_EXITS)),
    ".PP",
    "Of every other command:",
    textLines(afterColon(COMMAND_EXITS)),
    ".SH ENVIRONMENT",
    ...VARIABLES.flatMap(([name, text]) => [".TP", `.B ${name}`, textLines(text)]),
    ".SH EXAMPLES",
    ...EXAMPLES.flatMap(([text, command]) => [
      textLines(text),
      ".PP",
      ".RS",
      `.B ${escaped(command)}`,
      ".RE",
      ".PP",
    ]).slice(0, -1),
  ];
  return `${lines.join("\n")}\n`;
}

const EMPTY: CommandShape = { name: "", summary: "", usage: "", flags: {} };

const VARIABLES = [
  ["IPFS_KIT_SERVER", "The server that commands ask when neither --server nor --profile is given."],
  ["IPFS_KIT_PROFILE", "The profile that is used when no server is named."],
  ["IPFS_KIT_TOKEN", "The token that is sent to that server. Never give a token as an argument."],
  ["IPFS_KIT_...", "Each flag of serve, in capitals, e.g. IPFS_KIT_PORT. The flag wins."],
] as const;

const EXAMPLES = [
  ["Start a server on any free port that keeps nothing:", "ipfs-kit --isolation --port 0"],
  ["Add a film, and play it into this terminal:", "ipfs-kit stream $(ipfs-kit add -q film.mp4)"],
  ["Look whether everything works, with a test of each part:", "ipfs-kit doctor --all"],
] as const;

function commandLines({ key, node }: Place): string[] {
  const { summary, details = [], subcommands, common = "server", flags } = node;
  // A group has nothing of its own; its commands follow.
  const own = subcommands === undefined ? Object.entries<CommandFlag>(flags) : [];
  const shares = subcommands === undefined && common === "server";
  return [
    `.SS ${escaped(usageLine(node, key.split(" ")))}`,
    textLines(summary),
    ...details.flatMap((paragraph) => [".PP", textLines(paragraph)]),
    ...own.flatMap(flagLines),
    ...(shares ? [".PP", textLines(`Also takes the ${lowerFirst(SHARED)}.`)] : []),
  ];
}

function flagLines([name, { short, value = "", help }]: [string, CommandFlag]): string[] {
  const letter = short === undefined ? "" : `\\-${short}, `;
  return [
    ".TP",
    `\\fB${letter}\\-\\-${escaped(name)}\\fR ${escaped(value)}`.trimEnd(),
    textLines(help),
  ];
}

/** Text as lines of roff: a dot or quote at the beginning of one would be a request. */
function textLines(text: string): string {
  return fold(escaped(text), MAX_LINE)
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join("\n");
}

/** A backslash begins an escape; a bare dash may become another sign, and then cannot be copied. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("…", "...")
    .replaceAll("`", "\\(ga");
}

function afterColon(text: string): string {
  return text.slice(text.indexOf(":") + 2);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1).replace(/\.$/, "");
}
