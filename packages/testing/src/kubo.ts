import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Where `scripts/build-judges.sh` puts the Kubo it builds. */
const BUILT_KUBO = fileURLToPath(new URL("../../../.judges/ipfs", import.meta.url));
/** The oldest Kubo the tests are written against: it has names of pins and all import parameters. */
const MIN_VERSION = [0, 39] as const;
const READY_MS = 30_000;
const STOP_MS = 10_000;
/** Output of one command that is kept. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

const run = promisify(execFile);

export interface StartKuboOptions {
  /** Laid over the configuration of `ipfs init --profile=test`, part by part. */
  config?: Record<string, unknown> | undefined;
  /** Without a libp2p node: blocks that are not here are not looked for. @default true */
  offline?: boolean | undefined;
  /** Serves the gateway, on a free port. @default false */
  gateway?: boolean | undefined;
  /** More arguments for `ipfs daemon`. */
  args?: readonly string[] | undefined;
}

/** A Kubo daemon of our own on loopback, with a repository that goes when it goes. */
export interface RunningKubo extends AsyncDisposable {
  /** URL of the RPC API, e.g. `http://127.0.0.1:45001`; the same after {@link restart}. */
  readonly api: string;
  /** URL of the gateway, when it was asked for. */
  readonly gateway: string | undefined;
  /** Its `IPFS_PATH`. */
  readonly repo: string;
  readonly pid: number;
  /** Runs the `ipfs` command against this daemon; resolves with what it printed. */
  run(args: readonly string[], options?: { input?: Uint8Array | string }): Promise<string>;
  /**
   * Sends a signal to the daemon: `SIGSTOP` and `SIGCONT` freeze it and let it go on. It may still
   * answer for a moment.
   */
  signal(name: NodeJS.Signals): void;
  /** Ends the daemon at once, as a crash would. The repository stays. */
  kill(): Promise<void>;
  /** Starts it again on the same repository and API address, after {@link kill}. */
  restart(): Promise<void>;
  /** Ends the daemon and removes its repository. */
  stop(): Promise<void>;
}

let found: { path: string | undefined } | undefined;

/**
 * A Kubo to test against: `KUBO_PATH`, else the one `scripts/build-judges.sh` built, else `ipfs` on
 * the `PATH` from version 0.39 on.
 */
export function findKubo(): string | undefined {
  found ??= { path: lookForKubo() };
  return found.path;
}

function lookForKubo(): string | undefined {
  const named = process.env["KUBO_PATH"];
  if (named !== undefined && named !== "") return named;
  return [BUILT_KUBO, "ipfs"].find(isUsable);
}

function isUsable(command: string): boolean {
  try {
    if (command === BUILT_KUBO) accessSync(command, constants.X_OK);
    const version = execFileSync(command, ["version", "--number"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: READY_MS,
    });
    const [major = 0, minor = 0] = version.trim().split(".").map(Number);
    return major > MIN_VERSION[0] || (major === MIN_VERSION[0] && minor >= MIN_VERSION[1]);
  } catch {
    return false;
  }
}

/**
 * Starts a Kubo daemon on free loopback ports. It contacts nobody: no bootstrap peers, no mDNS, no
 * automatic configuration, no telemetry.
 *
 * @throws Error when there is no Kubo, or it is not ready within 30 s
 */
export async function startKubo({
  config = {},
  offline = true,
  gateway = false,
  args = [],
}: StartKuboOptions = {}): Promise<RunningKubo> {
  const ipfs = findKubo();
  if (ipfs === undefined) throw new Error("There is no Kubo: run scripts/build-judges.sh.");
  const repo = await mkdtemp(join(tmpdir(), "kubo-"));
  try {
    await run(ipfs, ["init", "--profile=test"], { env: environment(repo) });
    const loopback = "/ip4/127.0.0.1/tcp/0";
    await changeConfig(repo, {
      Addresses: { API: loopback, Gateway: gateway ? loopback : [], Swarm: [loopback] },
      Plugins: { Plugins: { telemetry: { Disabled: true } } },
    });
    await changeConfig(repo, config);
    const daemonArgs = ["daemon", ...(offline ? ["--offline"] : []), ...args];
    const daemon = await startDaemon(ipfs, repo, daemonArgs);
    // A restarted daemon is found where it was.
    await changeConfig(repo, { Addresses: { API: daemon.apiAddress } });
    return new KuboDaemon({ ipfs, repo, daemonArgs, daemon });
  } catch (error) {
    await rm(repo, { recursive: true, force: true });
    throw error;
  }
}

interface Daemon {
  child: ChildProcess;
  pid: number;
  /** As Kubo has it: `/ip4/127.0.0.1/tcp/5001`. */
  apiAddress: string;
  gateway: string | undefined;
}

interface KuboDaemonInit {
  ipfs: string;
  repo: string;
  daemonArgs: readonly string[];
  daemon: Daemon;
}

class KuboDaemon implements RunningKubo {
  readonly repo: string;
  readonly api: string;
  readonly #ipfs: string;
  readonly #daemonArgs: readonly string[];
  #daemon: Daemon;

  constructor({ ipfs, repo, daemonArgs, daemon }: KuboDaemonInit) {
    this.repo = repo;
    this.api = urlOf(daemon.apiAddress);
    this.#ipfs = ipfs;
    this.#daemonArgs = daemonArgs;
    this.#daemon = daemon;
  }

  get gateway(): string | undefined {
    return this.#daemon.gateway;
  }

  get pid(): number {
    return this.#daemon.pid;
  }

  async run(args: readonly string[], { input }: { input?: Uint8Array | string } = {}) {
    const command = run(this.#ipfs, args, {
      env: environment(this.repo),
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    command.child.stdin?.end(input);
    const { stdout } = await command;
    return stdout;
  }

  signal(name: NodeJS.Signals): void {
    this.#daemon.child.kill(name);
  }

  async kill(): Promise<void> {
    await end(this.#daemon.child, "SIGKILL");
  }

  async restart(): Promise<void> {
    await this.kill();
    this.#daemon = await startDaemon(this.#ipfs, this.repo, this.#daemonArgs);
  }

  async stop(): Promise<void> {
    // A frozen daemon could not hear SIGTERM.
    this.signal("SIGCONT");
    await end(this.#daemon.child, "SIGTERM");
    await rm(this.repo, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Ends the daemon and removes its repository when this process is gone, however it went: test runners
 * kill their workers, and nothing in them is asked. The shell waits for its input to end.
 */
function endWithUs(child: ChildProcess, repo: string): void {
  if (child.pid === undefined) return;
  const script = 'cat >/dev/null; kill -9 "$1"; sleep 1; rm -rf "$2"';
  const guard = spawn("sh", ["-c", script, "guard", String(child.pid), repo], {
    stdio: ["pipe", "ignore", "ignore"],
    // Not in our group: what ends all of that must not end the guard before its time.
    detached: true,
  });
  // Without a shell there is no guard, and tests that clean up after themselves need none.
  guard.on("error", () => {});
  guard.stdin.on("error", () => {});
  guard.unref();
  child.once("exit", () => guard.kill("SIGKILL"));
}

async function startDaemon(ipfs: string, repo: string, args: readonly string[]): Promise<Daemon> {
  const child = spawn(ipfs, args, {
    env: environment(repo),
    stdio: ["ignore", "pipe", "pipe"],
  });
  endWithUs(child, repo);
  let problems = "";
  child.stderr.on("data", (text) => (problems = (problems + String(text)).slice(-4_000)));
  const deadline = setTimeout(() => child.kill("SIGKILL"), READY_MS);
  try {
    await once(child, "spawn");
    const addresses = await listeningAddresses(child);
    if (child.pid === undefined || addresses.api === undefined) {
      throw new Error(`Kubo did not become ready: ${problems}`);
    }
    const { api, gateway } = addresses;
    return { child, pid: child.pid, apiAddress: api, gateway: gateway && urlOf(gateway) };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}

/** What the daemon says it listens on, once it says that it is ready. */
async function listeningAddresses(
  child: ChildProcess,
): Promise<{ api?: string; gateway?: string }> {
  if (child.stdout === null) throw new Error("The daemon has no output.");
  const { promise, resolve } = Promise.withResolvers<{ api?: string; gateway?: string }>();
  const addresses: { api?: string; gateway?: string } = {};
  const lines = createInterface(child.stdout);
  lines.on("line", (line) => {
    const [, api] = /^RPC API server listening on:? (\S+)/.exec(line) ?? [];
    const [, gateway] = /^Gateway server listening on:? (\S+)/.exec(line) ?? [];
    if (api !== undefined) addresses.api = api;
    if (gateway !== undefined) addresses.gateway = gateway;
    if (line === "Daemon is ready") resolve(addresses);
  });
  lines.on("close", () => resolve({}));
  return promise;
}

/** Ends a child with a signal; after 10 s it is killed. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  const deadline = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exited;
  clearTimeout(deadline);
}

function environment(repo: string): NodeJS.ProcessEnv {
  return { ...process.env, IPFS_PATH: repo, IPFS_TELEMETRY: "off", HOME: repo };
}

async function changeConfig(repo: string, changes: Record<string, unknown>): Promise<void> {
  const file = join(repo, "config");
  const config: unknown = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify(merged(config, changes), undefined, 2));
}

function merged(base: unknown, changes: unknown): unknown {
  if (!isRecord(base) || !isRecord(changes)) return changes;
  const entries = Object.entries(changes).map(([key, value]) => [key, merged(base[key], value)]);
  return { ...base, ...Object.fromEntries(entries) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `/ip4/127.0.0.1/tcp/5001` as a URL. */
function urlOf(address: string): string {
  const [, , host, , port] = address.split("/");
  return `http://${host}:${port}`;
}
