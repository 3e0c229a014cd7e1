import { withTimeout } from "@ipfs-kit/core";

import { LiveConfig } from "./config/live-config.ts";
import type { LoadedConfig } from "./config/load-config.ts";
import type { ServeConfig } from "./config/serve-config.ts";
import { DEFAULT_DRAIN_SECONDS, LETTING_GO_MS } from "./defaults.ts";
import { EXIT, quit } from "./exit.ts";
import { onHangup } from "./hangup.ts";
import { type Logging, openLogging } from "./logging/open-logging.ts";
import { openBrowser } from "./open-browser.ts";
import { onParentGone } from "./parent-watch.ts";
import { reload } from "./reload.ts";
import { createServer, type IpfsKitServer } from "./server.ts";
import { onStopSignals } from "./stop-signals.ts";
import { VERSION } from "./version.ts";

/** What the command line knows and serving needs later. */
export interface ServeHooks {
  /**
   * Reads the configuration again, for SIGHUP.
   *
   * @throws ConfigError when it is broken; nothing changes then.
   */
  reread: () => LoadedConfig;
  /**
   * `--run-tests`: checks the server once it is ready; then it is stopped.
   *
   * @param signal fires when the server is told to stop meanwhile
   * @returns the exit code
   */
  runTests: (server: IpfsKitServer, signal: AbortSignal) => Promise<number>;
}

/**
 * Runs a server in this process: its log, what it does at signals and faults, how it ends. Resolves
 * when the server is ready; from then on the process ends by itself.
 *
 * @throws ConfigError, PortInUseError, IpfsKitError `data_directory`: for `quit`
 */
export async function serve(loaded: LoadedConfig, { reread, runTests }: ServeHooks): Promise<void> {
  const { config, warnings } = loaded;
  const { debug = false, logLevel: level, logDirectory: directory } = config;
  const logging = await openLogging({ level, debug, directory, stream: process.stderr });
  const { logger } = logging;
  endAtFaults(logging, debug);
  for (const warning of warnings) logger.warn(warning);
  const server = createServer(config, { stdout: process.stdout, logger });
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    void endServer(server, config, logging);
  };
  const live = new LiveConfig(loaded, [server, logging]);
  onStopSignals(stop, logger);
  onParentGone(stop, logger);
  onHangup({ stop, reload: () => reload({ reread, live, logger }), logger });
  await server.start();
  if (process.stderr.isTTY) process.stderr.write(banner(server, await dashboardOf(server)));
  if (config.openBrowser) openBrowser(await dashboardOf(server), logger);
  if (config.runTests) {
    process.exitCode = await runTests(server, stopping.signal);
    stop();
  }
}

/** A fault that nobody caught leaves the process in a state nobody knows: it is told, then over. */
function endAtFaults(logging: Logging, debug: boolean): void {
  const { logger } = logging;
  const end = async (fault: unknown) => {
    await logging.flush();
    quit(fault, debug);
  };
  let failing = false;
  process.on("uncaughtException", (error, origin) => {
    if (failing) return;
    failing = true;
    logger.error("an error nobody caught", { origin, error });
    void end(error);
  });
  // Node would print these as plain text between the lines of the log.
  process.removeAllListeners("warning");
  process.on("warning", (error) => logger.warn("a warning of the runtime", { error }));
}

async function endServer(
  server: IpfsKitServer,
  { debug = false, drainSeconds = DEFAULT_DRAIN_SECONDS }: ServeConfig,
  logging: Logging,
): Promise<void> {
  try {
    const limit = drainSeconds * 1000 + LETTING_GO_MS;
    await withTimeout(limit, "Stopping", async () => server.stop());
  } catch (error) {
    logging.logger.error("stopping failed", { error });
    await logging.flush();
    quit(error, debug);
  }
  await logging.flush();
  process.exit(process.exitCode ?? EXIT.clean);
}

/** Signed in, where that is needed: whoever sees this terminal, or has this browser, runs the server. */
async function dashboardOf(server: IpfsKitServer): Promise<string> {
  return server.needsToken ? server.createLoginLink() : `${server.url}/dashboard/`;
}

function banner({ url, gatewayUrl, needsToken }: IpfsKitServer, dashboard: string): string {
  const gateway = gatewayUrl === undefined ? "" : `  Gateway    ${gatewayUrl}/ipfs/\n`;
  const once = needsToken
    ? "             (works once, within 5 minutes: ipfs-kit token login-link)\n"
    : "";
  return `\n  IPFS Kit ${VERSION}\n\n  Dashboard  ${dashboard}\n${once}  API        ${url}/api/v0/\n${gateway}\n  Ctrl-C stops it.\n\n`;
}
