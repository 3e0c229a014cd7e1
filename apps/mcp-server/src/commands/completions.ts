import type { Command, CommandShape } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { bashCompletions } from "./completions/bash.ts";
import { fishCompletions } from "./completions/fish.ts";
import { zshCompletions } from "./completions/zsh.ts";
import { nearestOf } from "../nearest.ts";
import { shown } from "../config/given.ts";

const SHELLS: ReadonlyMap<string, (root: CommandShape) => string> = new Map([
  ["bash", bashCompletions],
  ["zsh", zshCompletions],
  ["fish", fishCompletions],
]);
const NAMES = Array.from(SHELLS.keys());

/** @param root asked for late: the tree it tells of has it in it */
export function completionsCommand(root: () => CommandShape): Command {
  return {
    name: "completions",
    summary: "Print what makes a shell complete these commands with Tab.",
    usage: NAMES.join("|"),
    completes: NAMES,
    count: { min: 1, max: 1 },
    common: "local",
    flags: {},
    details: [
      "bash: source <(ipfs-kit completions bash), in ~/.bashrc.",
      "zsh: ipfs-kit completions zsh > a file called _ipfs-kit in a folder of $fpath, or source <(ipfs-kit completions zsh) after compinit.",
      "fish: ipfs-kit completions fish > ~/.config/fish/completions/ipfs-kit.fish.",
    ],
    async run(input, { output }) {
      const [shell = ""] = input.arguments;
      const make = SHELLS.get(shell);
      if (make === undefined) {
        const near = nearestOf(shell, NAMES);
        const advice = near === undefined ? `use ${NAMES.join(", ")}.` : `did you mean ${near}?`;
        throw new UsageError(`There are no completions for ${shown(shell)}: ${advice}`);
      }
      const script = make(root());
      if (output.json) await output.object({ shell, script });
      else await output.bytes(script);
    },
  };
}
