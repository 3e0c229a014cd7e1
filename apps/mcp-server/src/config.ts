import type { LogLevel } from "@ipfs-kit/core";

import { readHost, readHostPattern, readOrigin } from "./edge/names.ts";
import { ConfigError } from "./errors.ts";
import { Given, type Read } from "./given.ts";
import type { ServerInit } from "./server-init.ts";

const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Everything the command line and the environment say. */
export interface ServeConfig extends ServerInit {
  logLevel: LogLevel;
  openBrowser: boolean;
}

export type Invocation =
  | { kind: "help" }
  | { kind: "version" }
  | { kind: "serve"; config: ServeConfig };

/**
 * Reads the command line; what it leaves open comes from the environment, then from the defaults.
 *
 * @param args what follows the script's name
 * @throws ConfigError naming the flag or variable, its value and what is allowed.
 */
export function parseInvocation(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Invocation {
  const given = new Given(args, env);
  if (given.boolean("help")) return { kind: "help" };
  if (given.boolean("version")) return { kind: "version" };
  const debug = given.boolean("debug");
  const isolation = given.boolean("isolation");
  if (isolation) checkIsolated(given);
  return {
    kind: "serve",
    config: {
      host: given.one("host", readHost),
      port: given.one("port", wholeNumber(0, 65_535)),
      gateway: !given.boolean("disable-gateway"),
      gatewayHost: given.one("gateway-host", readHost),
      gatewayPort: given.one("gateway-port", wholeNumber(0, 65_535)),
      contentBackend: isolation ? "embedded" : given.one("content-backend", readBackend),
      kuboApi: isolation ? undefined : given.one("kubo-api", readKuboApi),
      memoryCacheBytes: given.one("memory-cache-size", readBytes),
      diskCacheBytes: given.one("disk-cache-size", readBytes),
      persistencePath: isolation ? undefined : given.one("persistence-path", readFolder),
      storageMaxBytes: given.one("storage-max", readBytes),
      isolation,
      allowHosts: given.all("allow-host", readHostPattern),
      allowOrigins: given.all("allow-origin", readOrigin),
      insecureNoAuth: given.boolean("insecure-no-auth"),
      drainSeconds: given.one("drain-seconds", wholeNumber(0, 600)),
      uploadIdleSeconds: given.one("upload-idle-seconds", wholeNumber(1, 3600)),
      debug,
      logLevel: given.one("log-level", readLogLevel) ?? (debug ? "debug" : "info"),
      openBrowser: given.boolean("open-browser"),
    },
  };
}

/**
 * What is named beside `--isolation` would not be used, which nobody means: a folder, a daemon. A flag
 * may hide what only the environment says.
 */
function checkIsolated(given: Given): void {
  const isolation = given.values("isolation").at(-1);
  const checks = [
    ["persistence-path", "isolation makes its own folder", () => true],
    ["kubo-api", "isolation contacts no daemon", () => true],
    ["content-backend", "isolation contacts no daemon", (text: string) => text === "kubo"],
  ] as const;
  for (const [flag, why, isMeant] of checks) {
    const value = given.values(flag).at(-1);
    if (value === undefined || isolation === undefined || !isMeant(value.text)) continue;
    if (isolation.isFlag && !value.isFlag) continue;
    throw new ConfigError(
      `${value.source} ${JSON.stringify(value.text)} and ${isolation.source} exclude each other: ${why}.`,
    );
  }
}

const BACKENDS = ["embedded", "kubo", "auto"] as const;

function readBackend(text: string): { value: (typeof BACKENDS)[number] } | { allowed: string } {
  const backend = BACKENDS.find((known) => known === text);
  return backend === undefined ? { allowed: `give ${BACKENDS.join(", ")}` } : { value: backend };
}

/** A first look; the store reads it closely. */
function readKuboApi(text: string): { value: string } | { allowed: string } {
  return /^(?:https?:\/\/|\/(?:ip4|ip6|dns|dns4|dns6)\/)/.test(text)
    ? { value: text }
    : { allowed: "give a URL such as http://127.0.0.1:5001, or /ip4/127.0.0.1/tcp/5001" };
}

function wholeNumber(min: number, max: number): Read<number> {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return number >= min && number <= max
      ? { value: number }
      : { allowed: `give a whole number from ${min} to ${max}` };
  };
}

const BYTES = /^(?<count>\d{1,15})(?:(?<unit>[kmgt])(?<binary>i)?b?|b)?$/i;
const EXPONENTS: ReadonlyMap<string, number> = new Map([
  ["k", 1],
  ["m", 2],
  ["g", 3],
  ["t", 4],
]);

/** `50G`, `500Mi`, `1000000`. */
function readBytes(text: string): { value: number } | { allowed: string } {
  const { count, unit = "", binary } = BYTES.exec(text)?.groups ?? {};
  const step = binary === undefined ? 1000 : 1024;
  const bytes = Number(count) * step ** (EXPONENTS.get(unit.toLowerCase()) ?? 0);
  return Number.isSafeInteger(bytes)
    ? { value: bytes }
    : { allowed: "give bytes, alone or in k, M, G, T, Ki, Mi, Gi or Ti" };
}

function readLogLevel(text: string): { value: LogLevel } | { allowed: string } {
  const level = LOG_LEVELS.find((known) => known === text);
  return level === undefined ? { allowed: `give ${LOG_LEVELS.join(", ")}` } : { value: level };
}

function readFolder(text: string): { value: string } | { allowed: string } {
  return text.includes("\0") ? { allowed: "give the path of a folder" } : { value: text };
}
