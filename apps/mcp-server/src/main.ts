#!/usr/bin/env node
import { runCommandLine } from "./commands/run-command-line.ts";
import { findCommand, isCommand, unknownCommand } from "./commands/find-command.ts";
import { commandHelp, topHelp } from "./commands/help-text.ts";
import { runSelfTest } from "./commands/self-test.ts";
import { serveShape } from "./commands/serve-shape.ts";
import { TREE } from "./commands/tree.ts";
import { loadConfig } from "./config/load-config.ts";
import { ConfigError } from "./errors.ts";
import { quit } from "./exit.ts";
import { VERSION } from "./version.ts";

/** As shells count them: 128 and the number of the signal. */
const SIGNAL_EXITS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

// A reader that went away must not take the server with it.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const args = process.argv.slice(2);
const [word = "--"] = args;
if (word === serveShape.name) await start(args.slice(1));
else if (word.startsWith("-")) await start(args);
else await run();

/** A server, or what there is to say about one. */
async function start(flags: readonly string[]): Promise<void> {
  if (flags.includes("--help") || flags.includes("-h")) {
    const named = word === serveShape.name;
    process.stdout.write(named ? commandHelp(serveShape, [word]) : topHelp(TREE));
    return;
  }
  if (flags.includes("--version")) {
    process.stdout.write(`${VERSION}\n`);
    return;
  }
  const read = () => loadConfig(flags, process.env);
  let debug = flags.includes("--debug");
  try {
    const loaded = read();
    debug = loaded.config.debug === true;
    if (loaded.config.reload) {
      const { serveWithReload } = await import("./config/serve-with-reload.ts");
      process.exit(await serveWithReload(flags, loaded));
    }
    // Commands need none of what a server is made of, and start quicker without it.
    const { serve } = await import("./serve.ts");
    await serve(loaded, {
      reread: read,
      runTests: async (server, signal) => {
        const { stderr, env } = process;
        return runSelfTest({ server, stderr, env, signal });
      },
    });
  } catch (error) {
    quit(error, debug);
  }
}

async function run(): Promise<void> {
  const { node, path } = findCommand(TREE, args);
  if (path.length === 0) quit(new ConfigError(unknownCommand(TREE, path, word)), false);
  const { stdout, stderr, env } = process;
  const controller = new AbortController();
  let code: number | undefined;
  for (const [name, exit] of Object.entries(SIGNAL_EXITS)) {
    // The first one asks to stop; a second one is not listened for and ends the process at once.
    process.once(name, () => {
      code ??= exit;
      controller.abort();
    });
  }
  const { signal } = controller;
  const done = await runCommandLine(TREE, args, { stdin, stdout, stderr, env, signal });
  process.exitCode = done === 0 ? done : (code ?? done);
  // Neither who holds our input open must keep us, nor who does not read our output.
  if (isCommand(node) && node.readsInput === true) process.stdin.destroy();
  if (signal.aborted) stderr.write("", () => process.exit());
}

function stdin(): NodeJS.ReadStream {
  return process.stdin;
}
