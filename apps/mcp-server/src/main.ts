#!/usr/bin/env node
import { withTimeout } from "@ipfs-kit/core";

import type { Command } from "./commands/command.ts";
import { COMMANDS, runCommand } from "./commands/run-command.ts";
import { parseInvocation, type ServeConfig } from "./config.ts";
import { DEFAULT_DRAIN_SECONDS, LETTING_GO_MS } from "./defaults.ts";
import { EXIT, quit } from "./exit.ts";
import { helpText } from "./flags.ts";
import { createLogger } from "./logging.ts";
import { openBrowser } from "./open-browser.ts";
import { onParentGone } from "./parent-watch.ts";
import { createServer, type IpfsKitServer } from "./server.ts";
import { onStopSignals } from "./stop-signals.ts";
import { VERSION } from "./version.ts";

// A reader that went away must not take the server with it.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const [word = "", ...rest] = process.argv.slice(2);
const command = COMMANDS.get(word);
if (command === undefined) await main();
else await run(command);

async function run(named: Command): Promise<void> {
  const { stdout, stderr, env } = process;
  const signal = interrupted();
  process.exitCode = await runCommand(named, rest, { stdin, stdout, stderr, env, signal });
  // Neither who holds our input open must keep us, nor who does not read our output.
  if (named.readsInput === true) process.stdin.destroy();
  if (signal.aborted) stderr.write("", () => process.exit());
}

function stdin(): NodeJS.ReadStream {
  return process.stdin;
}

/** Fires on the first Ctrl-C; the second one ends the process at once. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  return controller.signal;
}

async function main(): Promise<void> {
  try {
    const invocation = parseInvocation(process.argv.slice(2), process.env);
    switch (invocation.kind) {
      case "help":
        process.stdout.write(helpText());
        break;
      case "version":
        process.stdout.write(`${VERSION}\n`);
        break;
      case "serve":
        await serve(invocation.config).catch((error: unknown) =>
          quit(error, invocation.config.debug === true),
        );
    }
  } catch (error) {
    quit(error, process.argv.includes("--debug"));
  }
}

async function serve(config: ServeConfig): Promise<void> {
  const { debug = false, logLevel: level } = config;
  const onTerminal = process.stderr.isTTY;
  const logger = createLogger({
    write: (line) => process.stderr.write(line),
    level,
    pretty: onTerminal,
    stacks: debug,
  });
  process.on("uncaughtException", (error) => {
    logger.error("an error nobody caught", { error });
    quit(error, debug);
  });
  // Node would print these as plain text between the lines of the log.
  process.removeAllListeners("warning");
  process.on("warning", (error) => logger.warn("a warning of the runtime", { error }));
  const server = createServer(config, { stdout: process.stdout, logger });
  const stop = () => void stopServer(server, config);
  onStopSignals(stop, logger);
  onParentGone(stop, logger);
  await server.start();
  if (onTerminal) process.stderr.write(banner(server));
  if (config.openBrowser) openBrowser(`${server.url}/dashboard/`, logger);
}

async function stopServer(server: IpfsKitServer, config: ServeConfig): Promise<void> {
  const { debug = false, drainSeconds = DEFAULT_DRAIN_SECONDS } = config;
  try {
    const limit = drainSeconds * 1000 + LETTING_GO_MS;
    await withTimeout(limit, "Stopping", async () => server.stop());
  } catch (error) {
    quit(error, debug);
  }
  process.exit(EXIT.clean);
}

function banner({ url, gatewayUrl }: IpfsKitServer): string {
  const gateway = gatewayUrl === undefined ? "" : `  Gateway    ${gatewayUrl}/ipfs/\n`;
  return `\n  IPFS Kit ${VERSION}\n\n  Dashboard  ${url}/dashboard/\n  API        ${url}/api/v0/\n${gateway}\n  Ctrl-C stops it.\n\n`;
}
