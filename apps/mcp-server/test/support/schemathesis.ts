import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const PROGRAM = join(ROOT, ".judges/schemathesis/bin/python");
const HOOKS = join(ROOT, "scripts/judges");

/** Made by `scripts/build-judges.sh`. */
export const hasSchemathesis = existsSync(PROGRAM);

export interface JudgeInit {
  url: string;
  token: string;
  /** `coverage` goes through everything a schema allows and forbids; `fuzzing` makes things up. */
  phases: readonly ("coverage" | "fuzzing")[];
  /** Test cases of each operation at most, in the phase that makes them up. */
  examples: number;
  seed: number;
  /** CIDs and paths that lead somewhere. */
  paths: readonly string[];
  /** Cursors some page gave out. */
  cursors: readonly string[];
  /** Only operations with this tag, or without it when it begins with a `!`. */
  tag: string;
  checks: readonly string[];
}

export interface Verdict {
  /** What it says; the last lines are the summary. */
  text: string;
  passed: boolean;
  /** Requests it sent. */
  requests: number;
}

/** Has Schemathesis make requests from `/openapi.json`, and judge the answers. */
export async function judge(init: JudgeInit): Promise<Verdict> {
  const { url, token, phases, examples, seed, paths, cursors, tag, checks } = init;
  const folder = await mkdtemp(join(tmpdir(), "ipfs-kit-judge-"));
  const options = {
    header: `Authorization: Bearer ${token}`,
    phases: phases.join(","),
    checks: checks.join(","),
    "max-examples": String(examples),
    seed: String(seed),
    warnings: "off",
    "suppress-health-check": "all",
    "request-timeout": "60",
    [tag.startsWith("!") ? "exclude-tag" : "include-tag"]: tag.replace("!", ""),
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const run = ["-m", "schemathesis.cli", "run", `${url}/openapi.json`];
  const flags = ["--continue-on-failure", "--no-color"];
  const { PATH = "" } = process.env;
  const env = {
    PATH,
    HOME: folder,
    PYTHONPATH: HOOKS,
    PYTHONDONTWRITEBYTECODE: "1",
    SCHEMATHESIS_HOOKS: "schemathesis_hooks",
    IPFS_KIT_FUZZ_PATHS: JSON.stringify(paths),
    IPFS_KIT_FUZZ_CURSORS: JSON.stringify(cursors),
  };
  try {
    const { text, passed } = await execute([...run, ...flags, ...args], { cwd: folder, env });
    return { text, passed, requests: Number(/^ *(\d+) generated/m.exec(text)?.[1] ?? 0) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function execute(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<{ text: string; passed: boolean }> {
  const maxBuffer = 64 * 1024 * 1024;
  return new Promise((resolve) => {
    execFile(PROGRAM, args, { ...options, maxBuffer }, (error, stdout, stderr) =>
      resolve({ text: stdout + stderr, passed: error === null }),
    );
  });
}
