import type { CommandFlag, CommandShape } from "./command.ts";
import { DEFAULT_TIMEOUT_SECONDS, flagsOf } from "./common-flags.ts";
import { isCommand } from "./find-command.ts";

const PROGRAM = "ipfs-kit";
/** Where the second column begins. */
const COLUMN = 34;
/** Flags of `serve` that are shown with the list of commands; the others are a question away. */
const FIRST_FLAGS: ReadonlySet<string> = new Set([
  "config",
  "host",
  "port",
  "persistence-path",
  "isolation",
  "open-browser",
  "log-level",
]);

export const COMMAND_EXITS =
  "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no server, 4 not allowed, 5 not found, 6 timeout, 130 interrupted.";
export const SERVE_EXITS =
  "Exit codes: 0 stopped, 64 bad flag, 69 port in use, 70 internal, 73 data folder unusable, 130 and 143 cut short by a second signal.";

/** `ipfs-kit pin add <cid>… [flags]` */
export function usageLine({ usage, subcommands }: CommandShape, path: readonly string[]): string {
  const rest = subcommands === undefined ? usage : "<command>";
  return [PROGRAM, ...path, rest, "[flags]"].filter((part) => part !== "").join(" ");
}

/** What `ipfs-kit --help` prints. */
export function topHelp(root: CommandShape): string {
  const { subcommands = [], summary } = root;
  const serve = subcommands.find(({ name }) => name === "serve");
  const flags = serve === undefined ? [] : Array.from(flagsOf(serve));
  return joined([
    "Usage: ipfs-kit [serve] [flags]",
    "       ipfs-kit <command> …",
    "",
    summary,
    "",
    "Commands:",
    ...subcommands.map(commandRow),
    "",
    `Flags of serve (all ${flags.length}: ipfs-kit serve --help):`,
    ...flags.filter(([name]) => FIRST_FLAGS.has(name)).map(flagRow),
    "",
    "Each flag of serve can be set by a variable too, e.g. IPFS_KIT_PORT=9000; the flag wins.",
    "ipfs-kit help <command> explains one, ipfs-kit help --man is the manual page.",
    "",
    wrapped(SERVE_EXITS),
  ]);
}

/** What `ipfs-kit <command> --help` prints. */
export function commandHelp(command: CommandShape, path: readonly string[]): string {
  const { summary, details = [], aliases = [], subcommands = [] } = command;
  const { patienceSeconds } = isCommand(command) ? command : {};
  const flags = Array.from(flagsOf(command));
  const asksServer = (command.common ?? "server") === "server" && subcommands.length === 0;
  return joined([
    `Usage: ${usageLine(command, path)}`,
    "",
    wrapped(summary),
    ...details.flatMap((paragraph) => ["", wrapped(paragraph)]),
    ...(aliases.length > 0 ? ["", `Also called ${aliases.join(", ")}.`] : []),
    ...(subcommands.length > 0 ? ["", "Commands:", ...subcommands.map(commandRow)] : []),
    ...(subcommands.length === 0 ? flagRows(flags) : []),
    "",
    ...(asksServer
      ? [
          wrapped(
            `The server may be silent for ${patienceSeconds ?? DEFAULT_TIMEOUT_SECONDS} s unless --timeout-seconds says otherwise.`,
          ),
        ]
      : []),
    wrapped(path[0] === "serve" ? SERVE_EXITS : COMMAND_EXITS),
  ]);
}

function commandRow({ name, summary }: CommandShape): string {
  return row(name, summary);
}

/** Under the headings they have; those without one come first. */
function flagRows(flags: readonly [string, CommandFlag][]): string[] {
  const sections = Map.groupBy(flags, ([, { section = "Flags" }]) => section);
  return Array.from(sections).flatMap(([heading, rows]) => [
    `\n${heading}:`,
    rows.map(flagRow).join("\n"),
  ]);
}

function flagRow([name, { short, value = "", help, choices }]: [string, CommandFlag]): string {
  const letter = short === undefined ? "    " : `-${short}, `;
  const only = choices === undefined || choices.every((choice) => help.includes(choice));
  return row(`${letter}--${name} ${value}`, only ? help : `${help} One of ${choices.join(", ")}.`);
}

/** A name, and what it is in the second column, folded under itself. */
function row(name: string, text: string): string {
  const lines = fold(text, 100 - COLUMN);
  const head = `  ${name}`;
  const first = head.length < COLUMN ? [head.padEnd(COLUMN) + (lines.shift() ?? "")] : [head];
  return [...first, ...lines.map((line) => " ".repeat(COLUMN) + line)].join("\n");
}

function wrapped(text: string): string {
  return fold(text, 100).join("\n");
}

/** Lines of at most so many characters, as far as the words allow. */
export function fold(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function joined(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
