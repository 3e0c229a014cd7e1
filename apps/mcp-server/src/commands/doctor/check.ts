import { type ErrorCode, errorCodeOf, withTimeout } from "@ipfs-kit/core";

import { adviceFor } from "../command-exit.ts";

/**
 * `warning`: it works, not as well as it could. `skipped`: it could not be looked at, or does not
 * apply; no fault by itself.
 */
export type CheckStatus = "ok" | "warning" | "failed" | "skipped";

/** What a check found. */
export interface Finding {
  status: CheckStatus;
  /** For programs; absent when all is well. */
  reasonCode?: string | undefined;
  /** For people: what is so. */
  reason: string;
  /** What to do about it. */
  advice?: string | undefined;
}

export interface CheckResult extends Finding {
  name: string;
  ms: number;
}

/** One thing to look at. */
export interface Check {
  name: string;
  /** It has failed when it takes longer. */
  deadlineMs: number;
  /** What to do when it throws; an error of sign-in knows better. */
  advice?: string | ((code: ErrorCode) => string | undefined);
  /** What throws has failed. Several findings are several results. */
  look(signal: AbortSignal): Promise<Finding | readonly (Finding & { name: string })[]>;
}

export function ok(reason: string): Finding {
  return { status: "ok", reason };
}

export function skipped(reasonCode: string, reason: string): Finding {
  return { status: "skipped", reasonCode, reason };
}

/** Makes a check within its deadline. Throws only when `signal` fires. */
export async function make(check: Check, signal: AbortSignal): Promise<CheckResult[]> {
  const startedAt = performance.now();
  const found = await look(check, signal);
  const ms = Math.round(performance.now() - startedAt);
  return found.map((finding) => Object.assign({ ms }, finding));
}

async function look(
  check: Check,
  signal: AbortSignal,
): Promise<readonly (Finding & { name: string })[]> {
  const { name, deadlineMs, advice } = check;
  try {
    const work = async (deadline: AbortSignal) => check.look(deadline);
    const found = await withTimeout(deadlineMs, "It", work, { signal });
    return "status" in found ? [{ name, ...found }] : found;
  } catch (error) {
    if (signal.aborted) throw error;
    const code = errorCodeOf(error);
    const message = error instanceof Error ? error.message : String(error);
    return [
      {
        name,
        // A role that is too small says nothing of the server.
        status: code === "forbidden" ? "skipped" : "failed",
        reasonCode: code,
        reason: message.replaceAll(/\s*[\r\n]+\s*/g, " "),
        advice: adviceFor(error) ?? (typeof advice === "function" ? advice(code) : advice),
      },
    ];
  }
}
