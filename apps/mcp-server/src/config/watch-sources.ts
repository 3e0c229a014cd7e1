import { existsSync, type FSWatcher, readdirSync, realpathSync, watch } from "node:fs";
import { basename, dirname, join, sep } from "node:path";

/** A build writes many files in a row: one change. */
const QUIET_MS = 300;
const PACKAGES = "node_modules";

/**
 * The folders a running server's code is in: its own, and those of the packages of its workspace.
 * Installed packages do not change.
 *
 * @param own the folder of the running code: `…/mcp-server/src` or `…/mcp-server/dist`
 */
export function sourceFolders(own: string): string[] {
  const scope = join(dirname(own), PACKAGES, "@ipfs-kit");
  const packages = existsSync(scope) ? readdirSync(scope) : [];
  const others = packages
    .map((name) => join(realpathSync(join(scope, name)), basename(own)))
    .filter((folder) => !folder.split(sep).includes(PACKAGES) && existsSync(folder));
  return [own, ...others];
}

export interface WatchInit {
  /** Watched with everything below them, but for hidden files and installed packages. */
  folders: readonly string[];
  /** Watched alone; it need not be there yet, its folder must. */
  file: string;
  /** Called once things are quiet after a change. */
  onChange: () => void;
  /** Told when something cannot be watched, e.g. for want of inotify watches. */
  onTrouble: (error: unknown) => void;
  /** Ends the watch. */
  signal: AbortSignal;
}

/** Watches sources and one file. */
export function watchSources({ folders, file, onChange, onTrouble, signal }: WatchInit): void {
  let timer: NodeJS.Timeout | undefined;
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, QUIET_MS);
  };
  const watchers: FSWatcher[] = [];
  const start = (folder: string, recursive: boolean, matters: (path: string) => boolean) => {
    try {
      const watcher = watch(folder, { recursive }, (_, path) => {
        if (path === null || matters(path)) changed();
      });
      watchers.push(watcher.on("error", onTrouble));
    } catch (error) {
      onTrouble(error);
    }
  };
  for (const folder of folders) start(folder, true, isSource);
  // The folder, not the file: editors replace files, and the watch would go with the old one.
  if (existsSync(dirname(file))) start(dirname(file), false, (path) => path === basename(file));
  signal.addEventListener(
    "abort",
    () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
    { once: true },
  );
}

function isSource(path: string): boolean {
  return !path.split(sep).some((part) => part === PACKAGES || part.startsWith("."));
}
