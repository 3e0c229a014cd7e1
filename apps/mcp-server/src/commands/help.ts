import type { Command, CommandShape } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { findCommand, unknownCommand } from "./find-command.ts";
import { commandHelp, topHelp } from "./help-text.ts";
import { manualPage } from "./manual-page.ts";

/** @param root asked for late: the tree it tells of has it in it */
export function helpCommand(root: () => CommandShape): Command {
  return {
    name: "help",
    summary: "Explain a command, or print the manual page of all.",
    usage: "[command…]",
    common: "local",
    flags: {
      man: { type: "boolean", help: "The manual page: ipfs-kit help --man | man -l -" },
    },
    async run(input, { output }) {
      if (input.isOn("man")) {
        await output.bytes(manualPage(root()));
        return;
      }
      const { node, path, rest } = findCommand(root(), input.arguments);
      const [word] = rest;
      if (word !== undefined) throw new UsageError(unknownCommand(node, path, word));
      const text = path.length === 0 ? topHelp(node) : commandHelp(node, path);
      if (output.json) await output.object({ command: path.join(" "), help: text });
      else await output.bytes(text);
    },
  };
}
