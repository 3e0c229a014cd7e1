import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import type { Logger } from "@ipfs-kit/core";

import { isPackageScript } from "./package-script.ts";

const POLL_MS = 500;
/** `npx` → shell → `pnpm` → shell → us; more than this is no chain of package managers. */
const MAX_ANCESTORS = 16;
const PACKAGE_MANAGER = /(?:^|[\s/])(?:npm|npx|pnpm)(?:[\s.]|$)/;
const SHELL = /^\S*sh -c /;

interface ProcessRow {
  pid: number;
  parent: number;
  command: string;
}

/**
 * Calls `gone` when whoever runs us has ended: a program that keeps a channel to us open (`--reload`
 * does), or a package manager that runs us as its `start` script. A SIGTERM to the outermost `npx`
 * ends only that one: pnpm and the server would live on, holding the port.
 */
export function onParentGone(gone: () => void, logger: Logger): void {
  process.once("disconnect", () => {
    logger.info("the program that started us is gone: finishing what is in flight");
    gone();
  });
  if (!isPackageScript()) return;
  const watched = packageManagerChain();
  if (watched.length === 0) return;
  const timer = setInterval(() => {
    const lost = watched.find(({ pid }) => !isRunning(pid));
    if (lost === undefined) return;
    clearInterval(timer);
    logger.info("the package manager is gone: finishing what is in flight", { pid: lost.pid });
    gone();
  }, POLL_MS);
  timer.unref();
}

/** Our ancestors up to the outermost package manager. Shells above it are the user's. */
function packageManagerChain(): ProcessRow[] {
  const chain: ProcessRow[] = [];
  let row = readProcess(process.ppid);
  while (row !== undefined && row.pid > 1 && chain.length < MAX_ANCESTORS) {
    if (!PACKAGE_MANAGER.test(row.command) && !SHELL.test(row.command)) break;
    chain.push(row);
    row = readProcess(row.parent);
  }
  return chain.slice(0, chain.findLastIndex(({ command }) => isPackageManager(command)) + 1);
}

function isPackageManager(command: string): boolean {
  return !SHELL.test(command) && PACKAGE_MANAGER.test(command);
}

function readProcess(pid: number): ProcessRow | undefined {
  try {
    if (process.platform === "linux") {
      const [, parent = ""] = readStat(pid);
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return { pid, parent: Number(parent), command };
    }
    const columns = ["-o", "ppid=,command=", "-p", String(pid)];
    const [, parent, command = ""] =
      /^\s*(\d+) (.*)/.exec(execFileSync("ps", columns, { encoding: "utf8" })) ?? [];
    return parent === undefined ? undefined : { pid, parent: Number(parent), command };
  } catch {
    return undefined;
  }
}

/** A process nobody has waited for is gone all the same. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/^[ZX]$/.test(readStat(pid)[0] ?? "");
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** State and parent; the name before them is in brackets and may hold anything. */
function readStat(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
