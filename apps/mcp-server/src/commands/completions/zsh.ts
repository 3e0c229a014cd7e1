import type { CommandFlag, CommandShape } from "../command.ts";
import { flagsOf } from "../common-flags.ts";
import { type Place, shortText, wordsOf } from "./command-words.ts";

/**
 * Completions for zsh: one function per place in the tree, each with what `_arguments` can offer there.
 * Works as an autoloaded `_ipfs-kit` and when it is sourced after `compinit`.
 */
export function zshCompletions(root: CommandShape): string {
  return `#compdef ipfs-kit
# Completions of ipfs-kit for zsh: a file _ipfs-kit in a folder of $fpath, or source it after compinit.
${wordsOf(root).map(functionOf).join("\n")}
if [[ "$funcstack[1]" == "_ipfs-kit" ]]; then
  _ipfs-kit "$@"
else
  compdef _ipfs-kit ipfs-kit
fi
`;
}

function functionOf({ key, node }: Place): string {
  const { subcommands = [] } = node;
  const specs = Array.from(flagsOf(node)).flatMap(([name, flag]) => flagSpecs(name, flag));
  const rest = subcommands.length === 0 ? argumentsOf(node) : ["'1: :->command'", "'*:: :->rest'"];
  const lines = [...specs, ...rest].map((spec) => `    ${spec}`).join(" \\\n");
  const name = functionName(key);
  if (subcommands.length === 0) {
    return `${name}() {
  _arguments -s -S \\\n${lines}
}`;
  }
  return `${name}() {
  local context state line
  typeset -A opt_args
  local -a commands=(
${subcommands.map((child) => `    ${quoted(`${child.name}:${shortText(child.summary)}`)}`).join("\n")}
  )
  _arguments -C -S \\\n${lines}
  case "$state" in
    command) _describe command commands ;;
    rest)
      case "$line[1]" in
${subcommands.map((child) => `        ${[child.name, ...(child.aliases ?? [])].join("|")}) ${functionName(key === "" ? child.name : `${key} ${child.name}`)} ;;`).join("\n")}
      esac
      ;;
  esac
}`;
}

function argumentsOf({ completes }: CommandShape): string[] {
  if (completes === undefined) return [];
  return completes === "file" ? ["'*: :_files'"] : [`'1: :(${completes.join(" ")})'`];
}

function flagSpecs(
  name: string,
  { type, short, list, value = "", choices, completes, help }: CommandFlag,
): string[] {
  const offer =
    completes === undefined
      ? choices === undefined
        ? ""
        : `(${choices.join(" ")})`
      : completes === "file"
        ? "_files"
        : "_files -/";
  const what = value.replaceAll(/[<>:]/g, "") || " ";
  const operand = type === "boolean" ? "" : `:${what}:${offer}`;
  const text = shortText(help).replaceAll("[", "(").replaceAll("]", ")").replaceAll(":", "\\:");
  const many = list === true ? "*" : "";
  const long = `${many}--${name}${type === "boolean" ? "" : "="}`;
  const names = short === undefined ? [long] : [long, `${many}-${short}`];
  return names.map((each) => quoted(`${each}[${text}]${operand}`));
}

function functionName(key: string): string {
  return key === "" ? "_ipfs-kit" : `_ipfs-kit-${key.replaceAll(" ", "-")}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
