import { fileURLToPath } from "node:url";

import { DEFAULT_DRAIN_SECONDS } from "../defaults.ts";
import type { LoadedConfig } from "./load-config.ts";
import { flagOf } from "./setting.ts";
import { SETTINGS } from "./settings.ts";
import { supervise } from "./supervise.ts";
import { sourceFolders } from "./watch-sources.ts";

/**
 * `serve --reload`: runs `serve` as a process of its own and starts it anew whenever the sources of
 * the workspace, or the configuration file, change.
 *
 * @param args what follows `serve`
 * @returns the exit code
 */
export async function serveWithReload(
  args: readonly string[],
  { config, path }: Pick<LoadedConfig, "config" | "path">,
): Promise<number> {
  const [, script = ""] = process.argv;
  // The last word wins: the server itself must not start another one, and one page is enough.
  const once = `${flagOf(SETTINGS.reload)}=false`;
  const again = [once, `${flagOf(SETTINGS.openBrowser)}=false`];
  const run = [...process.execArgv, script, "serve", ...args];
  return supervise({
    command: (isFirst) => [process.execPath, ...run, ...(isFirst ? [once] : again)],
    folders: sourceFolders(fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "")),
    file: path,
    drainSeconds: config.drainSeconds ?? DEFAULT_DRAIN_SECONDS,
    say: (line) => process.stderr.write(`ipfs-kit: ${line}\n`),
  });
}
