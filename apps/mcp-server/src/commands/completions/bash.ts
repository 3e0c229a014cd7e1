import type { CommandShape } from "../command.ts";
import { flagsOf } from "../common-flags.ts";
import { wordsOf } from "./command-words.ts";

/**
 * Completions for bash. One function: it walks the words typed so far down the tree, then offers what
 * can follow there. Works without the package bash-completion.
 */
export function bashCompletions(root: CommandShape): string {
  const nodes = wordsOf(root);
  const steps = nodes.flatMap(({ key, node }) =>
    (node.subcommands ?? []).map(({ name, aliases = [] }) => {
      const words = [name, ...aliases].map((word) => `'${key}:${word}'`).join("|");
      return `      ${words}) at='${key === "" ? name : `${key} ${name}`}' ;;`;
    }),
  );
  return `# Completions of ipfs-kit for bash: source <(ipfs-kit completions bash)
_ipfs_kit() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="" at="" word flags="" words="" values="" files="" i
  COMPREPLY=()
  # Words of bash end at ":" and "=" too: "--flag=value" is three.
  if [[ "$current" == "=" ]]; then
    previous="\${COMP_WORDS[COMP_CWORD-1]}" current=""
  elif (( COMP_CWORD > 1 )) && [[ "\${COMP_WORDS[COMP_CWORD-1]}" == "=" ]]; then
    previous="\${COMP_WORDS[COMP_CWORD-2]}"
  else
    previous="\${COMP_WORDS[COMP_CWORD-1]}"
  fi
  for (( i = 1; i < COMP_CWORD; i++ )); do
    word="\${COMP_WORDS[i]}"
    case "$at:$word" in
${steps.join("\n")}
    esac
  done
  case "$at" in
${nodes.map(({ key, node }) => placeOf(key, node)).join("\n")}
  esac
  case "$at:$previous" in
${nodes.flatMap(({ key, node }) => valuesOf(key, node)).join("\n")}
  esac
  if [[ "$values" == "-" ]]; then
    return
  elif [[ -n "$values" ]]; then
    COMPREPLY=( $(compgen -W "$values" -- "$current") )
  elif [[ "$files" == "folder" ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=( $(compgen -d -- "$current") )
  elif [[ "$files" == "value" ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=( $(compgen -f -- "$current") )
  elif [[ "$current" == -* ]]; then
    COMPREPLY=( $(compgen -W "$flags" -- "$current") )
  else
    COMPREPLY=( $(compgen -W "$words" -- "$current") )
    if [[ "$files" == "words" ]]; then
      compopt -o filenames 2>/dev/null
      COMPREPLY+=( $(compgen -f -- "$current") )
    fi
  fi
}
complete -F _ipfs_kit ipfs-kit
`;
}

function placeOf(key: string, node: CommandShape): string {
  const flags = Array.from(flagsOf(node), ([name, { short }]) =>
    short === undefined ? `--${name}` : `--${name} -${short}`,
  );
  const { completes, subcommands = [] } = node;
  const words =
    completes === undefined || completes === "file"
      ? subcommands.map(({ name }) => name)
      : completes;
  const files = completes === "file" ? " files=words" : "";
  return `    '${key}') flags='${flags.join(" ")}' words='${words.join(" ")}'${files} ;;`;
}

function valuesOf(key: string, node: CommandShape): string[] {
  return Array.from(flagsOf(node)).flatMap(([name, { type, short, choices, completes }]) => {
    if (type === "boolean") return [];
    const names = [`'${key}:--${name}'`, ...(short === undefined ? [] : [`'${key}:-${short}'`])];
    const files = completes === "file" ? "files=value" : "files=folder";
    // A value nobody can guess: nothing is offered.
    const values = completes === undefined ? `values='${choices?.join(" ") ?? "-"}'` : files;
    return [`    ${names.join("|")}) ${values} ;;`];
  });
}
