import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";

import { noopLogger } from "@ipfs-kit/core";

import { onHangup } from "../hangup.ts";
import { onParentGone } from "../parent-watch.ts";
import { watchSources } from "./watch-sources.ts";

/** What a stopping server may take beyond its own deadline before it is killed. */
const STOP_GRACE_MS = 15_000;

export interface SuperviseInit {
  /** The program and its arguments, of the first run and of those after it; its outputs are ours. */
  command: (isFirst: boolean) => readonly [string, ...string[]];
  /** See `watchSources`. */
  folders: readonly string[];
  file: string;
  /** How long the program says it needs to stop. */
  drainSeconds: number;
  /** A word to the person. */
  say: (line: string) => void;
}

/**
 * Runs a program, and starts it anew when its sources change. One that ends by itself is started
 * again at the next change. The first stop signal is handed on and everything ends with the program;
 * so is a second one, which ends it at once.
 *
 * @returns the exit code of the last run
 */
export async function supervise(init: SuperviseInit): Promise<number> {
  const { say } = init;
  const watching = new AbortController();
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let changes = Promise.withResolvers<void>();
  const stop = () => {
    stopping.abort();
    child?.kill("SIGTERM");
    changes.resolve();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  onParentGone(stop, noopLogger);
  onHangup({ stop, reload: () => void child?.kill("SIGHUP"), logger: noopLogger });
  watchSources({
    ...init,
    onChange: () => changes.resolve(),
    onTrouble: (error) => say(`not everything can be watched: ${String(error)}`),
    signal: watching.signal,
  });
  let code: number | undefined;
  while (!stopping.signal.aborted) {
    child = start(init.command(code === undefined));
    const ended = exitCode(child);
    const isOver = await Promise.race([ended.then(() => true), changes.promise.then(() => false)]);
    if (!isOver) {
      const isAsked = stopping.signal.aborted;
      if (!isAsked) say("something changed: starting again");
      await end(child, ended, init.drainSeconds, isAsked);
    } else if (!stopping.signal.aborted) {
      say(`the server ended with ${await ended}: it starts again when something changes`);
      await changes.promise;
    }
    code = await ended;
    changes = Promise.withResolvers<void>();
  }
  watching.abort();
  return code ?? 0;
}

function start([program, ...args]: readonly [string, ...string[]]): ChildProcess {
  return spawn(program, args, {
    // The channel tells the server when we are gone, however we went.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    // In a group of its own Ctrl-C reaches it through us alone: two would end it at once.
    detached: process.platform !== "win32",
  });
}

async function exitCode(child: ChildProcess): Promise<number> {
  try {
    await once(child, "exit");
  } catch {
    // It could not be started at all.
    return 70;
  }
  const { exitCode: code, signalCode: signal } = child;
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** Waits for the end of a program, which is asked for unless a signal already did. */
async function end(
  child: ChildProcess,
  ended: Promise<number>,
  drainSeconds: number,
  isAsked: boolean,
): Promise<void> {
  if (!isAsked) child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), drainSeconds * 1000 + STOP_GRACE_MS);
  await ended;
  clearTimeout(timer);
}
