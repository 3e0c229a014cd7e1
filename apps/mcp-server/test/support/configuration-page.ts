import { defaultText } from "../../src/config/serve-flags.ts";
import { flagOf, SECTIONS, type Setting } from "../../src/config/setting.ts";
import { ALL_SETTINGS } from "../../src/config/setting-names.ts";

const HEAD = `# Configuration

<!-- Made from apps/mcp-server/src/config/settings.ts; its test says how to make it anew. -->

A server needs none of this: without a word it serves this machine only, on port 8000, and keeps its
data in the platform's data folder.

Every setting has one name in three spellings: the flag \`--gateway-port\`, the variable
\`IPFS_KIT_GATEWAY_PORT\`, the key \`gateway_port\` of the configuration file. A flag wins over a variable,
a variable over the file, the file over the default. \`ipfs-kit config print --origin\` shows what a
server would have here and who says so.

## The file

JSON, one object, at most 1 MiB:

\`\`\`json
{
  "port": 9000,
  "storage_max": "50Gi",
  "allow_origin": ["https://app.example"],
  "log_level": "warn"
}
\`\`\`

It is the one that \`--config\` or \`IPFS_KIT_CONFIG\` names, else \`ipfs-kit.json\` in the platform's folder
for configuration, if it is there; \`ipfs-kit config path\` tells which. Sizes are numbers of bytes or text
such as \`"50Gi"\`, switches \`true\` or \`false\`, lists arrays. Relative paths start at the working folder.
\`ipfs-kit config schema\` prints a JSON Schema for editors, which \`"$schema"\` may name;
\`ipfs-kit config print --json\` prints a file that says what flags and variables say now.

What is wrong is told before anything starts, each mistake in one line with its place, its value, what
is allowed, and the name that was probably meant; the exit code is 64. A variable \`IPFS_KIT_…\` that
nobody knows is only warned of.

## Changes while it runs

SIGHUP makes a server read the file again. What is marked _live_ below changes at once; the log names
what else is different and needs a restart. A file that is broken changes nothing, and the log says
why. \`--reload\` is for development: it starts the server anew whenever its sources or the file change.
`;

/** The text of `docs/configuration.md`. */
export function configurationPage(): string {
  const sections = SECTIONS.map((section) => {
    const rows = ALL_SETTINGS.filter((setting) => setting.section === section).map(rowOf);
    return `\n## ${section}\n\n${table([["flag", "allowed", "default", "what it does"], ...rows])}`;
  });
  return HEAD + sections.join("");
}

function rowOf(setting: Setting<unknown>): string[] {
  const { kind, help, live = false, awaits } = setting;
  return [
    `\`${flagOf(setting)}\``,
    kind.type === "boolean" ? "a switch" : allowedText(setting),
    kind.type === "boolean" ? "off" : defaultText(setting),
    [
      help,
      ...(live ? ["_Live._"] : []),
      ...(awaits === undefined ? [] : [`_No effect yet: a later version brings ${awaits}._`]),
    ].join(" "),
  ];
}

function allowedText({ kind: { allowed, list = false } }: Setting<unknown>): string {
  const what = allowed.replace(/^give (?:the |one |an? )?/, "");
  return list ? `${what}; several` : what;
}

/** Columns as wide as the formatter makes them. */
function table(rows: readonly string[][]): string {
  const cells = rows.map((row) => row.map(escaped));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[], filler = " ") =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0, filler)).join(" | ")} |\n`;
  const [head = [], ...body] = cells;
  const rule = line(
    widths.map(() => "-"),
    "-",
  );
  return line(head) + rule + body.map((row) => line(row)).join("");
}

function escaped(cell: string): string {
  return cell
    .replaceAll("|", String.raw`\|`)
    .replaceAll("<", String.raw`\<`)
    .replaceAll("*", String.raw`\*`);
}
