import type { Command } from "./command.ts";
import { CheckFailedError } from "./command-exit.ts";
import type { CheckResult, CheckStatus } from "./doctor/check.ts";
import type { RunChecksInit } from "./doctor/run-checks.ts";
import type { Output } from "./output.ts";

const STATUSES = ["ok", "warning", "failed", "skipped"] as const satisfies readonly CheckStatus[];

export const doctor: Command = {
  name: "doctor",
  aliases: ["check-connectivity"],
  summary: "Check that everything works, and say what to do where it does not.",
  usage: "",
  count: { min: 0, max: 0 },
  details: [
    "It looks at this machine (Node, configuration, data folder, ports, transcoder, Kubo when it is configured) and at the server (version, health of each part, WebSocket). With --all it also adds content, reads it back, fetches it from the gateway, plays it over WebRTC, and removes it.",
    "It ends with 0 when nothing has failed; warnings are no failure.",
  ],
  flags: {
    all: { type: "boolean", short: "a", help: "Also add, fetch, play and remove content." },
  },
  async run(input, { server, output, env, signal }) {
    const all = input.isOn("all");
    const isGood = await tellChecks({ server, env, all, machine: true, signal }, output);
    if (!isGood) throw new CheckFailedError();
  },
};

/** Runs checks and tells each as it is done. @returns whether none has failed */
export async function tellChecks(init: RunChecksInit, output: Output): Promise<boolean> {
  // Some of what checks need is much to load.
  const { runChecks } = await import("./doctor/run-checks.ts");
  const counts = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  for await (const result of runChecks(init)) {
    counts[result.status] += 1;
    await output.result(recordOf(result), ...linesOf(result));
  }
  const verdict = counts.failed > 0 ? "failed" : counts.warning > 0 ? "warning" : "ok";
  const parts = STATUSES.filter((status) => counts[status] > 0).map(
    (status) => `${counts[status]} ${status}`,
  );
  await output.result({ verdict, ...counts }, "", parts.join(", "));
  return verdict !== "failed";
}

function recordOf({ name, status, reasonCode, reason, advice, ms }: CheckResult) {
  return {
    check: name,
    status,
    ...(reasonCode !== undefined && { reason_code: reasonCode }),
    reason,
    ...(advice !== undefined && { advice }),
    ms,
  };
}

function linesOf({ name, status, reasonCode, reason, advice }: CheckResult): string[] {
  const code = reasonCode === undefined ? "" : ` (${reasonCode})`;
  const head = `${status.padEnd(8)} ${name.padEnd(20)} ${reason}${code}`;
  return advice === undefined ? [head] : [head, `${" ".repeat(30)}${advice}`];
}
