import { resolve } from "node:path";

import { ConfigError } from "../errors.ts";
import { type ConfigFiles, ConfigFileError, defaultConfigPath, DISK_FILES } from "./config-file.ts";
import { readFileText } from "./file-layer.ts";
import { readFlags } from "./flag-layer.ts";
import { type Layer, type Origin, shown } from "./given.ts";
import { Resolution } from "./resolve.ts";
import type { ServeConfig } from "./serve-config.ts";
import type { Setting } from "./setting.ts";
import { ALL_SETTINGS } from "./setting-names.ts";
import { SETTINGS } from "./settings.ts";
import { type Environment, readVariables } from "./variable-layer.ts";

/** One setting as it is. */
export interface ConfigEntry {
  setting: Setting<unknown>;
  /** `undefined` when there is none. */
  value: unknown;
  origin: Origin;
}

/** A configuration, and where each of its values comes from. */
export interface LoadedConfig {
  config: ServeConfig;
  /** By the setting's name; those without a value too. */
  origins: ReadonlyMap<string, Origin>;
  /** Every setting in the order of the help text. */
  entries: readonly ConfigEntry[];
  /** The file that was looked for, absolute; it need not be there when nobody named it. */
  path: string;
  /** What the operator should know: names that set nothing, settings without an effect yet. */
  warnings: readonly string[];
}

const NOTHING: Layer = { given: new Map(), faults: [], warnings: [] };

/**
 * Reads the configuration of a server: defaults, the file over them, the variables `IPFS_KIT_…` over
 * those, the flags over all. Nothing is written and nobody is asked but the file system.
 *
 * @param args what follows `serve`, without `--help`
 * @throws ConfigError with every fault: its source, its value, what is allowed
 */
export function loadConfig(
  args: readonly string[],
  env: Environment,
  files: ConfigFiles = DISK_FILES,
): LoadedConfig {
  const flags = readFlags(args);
  const variables = readVariables(env);
  const { path, isNamed, source } = locate(flags, variables, env);
  const resolution = new Resolution(
    [flags, variables, readLayer(path, isNamed, source, files)],
    env,
  );
  const [first, ...others] = resolution.faults();
  if (first !== undefined) throw new ConfigError(first, ...others);
  const entries = ALL_SETTINGS.map((setting) => {
    const { value, origin } = resolution.get(setting);
    return { setting, value, origin };
  });
  return {
    config: toServeConfig(resolution),
    origins: new Map(entries.map(({ setting, origin }) => [setting.name, origin])),
    entries,
    path,
    warnings: resolution.warnings(),
  };
}

/** Where the configuration file is looked for. @param args as for {@link loadConfig} */
export function locateConfig(args: readonly string[], env: Environment): string {
  return locate(readFlags(args), readVariables(env), env).path;
}

function locate(
  flags: Layer,
  variables: Layer,
  env: Environment,
): { path: string; isNamed: boolean; source: string } {
  const { value, origin } = new Resolution([flags, variables], env).get(SETTINGS.config);
  const path = resolve(value ?? defaultConfigPath(env));
  return { path, isNamed: value !== undefined, source: origin.source };
}

function readLayer(path: string, isNamed: boolean, source: string, files: ConfigFiles): Layer {
  try {
    const text = files.read(path);
    if (text !== undefined) return readFileText(text, path);
    if (!isNamed) return NOTHING;
    return { ...NOTHING, faults: [cannotRead("there is no such file")] };
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    return { ...NOTHING, faults: [cannotRead(error.message)] };
  }

  function cannotRead(why: string): string {
    const named = isNamed ? `${source} ${shown(path)}` : `The configuration file ${shown(path)}`;
    return `${named} cannot be read: ${why}.`;
  }
}

function toServeConfig(resolution: Resolution): ServeConfig {
  const valueOf = <T>(setting: Setting<T>) => resolution.get(setting).value;
  const S = SETTINGS;
  return {
    host: valueOf(S.host),
    port: valueOf(S.port),
    gateway: valueOf(S.disableGateway) !== true,
    gatewayHost: valueOf(S.gatewayHost),
    gatewayPort: valueOf(S.gatewayPort),
    contentBackend: valueOf(S.contentBackend),
    kuboApi: valueOf(S.kuboApi),
    memoryCacheBytes: valueOf(S.memoryCacheSize),
    diskCacheBytes: valueOf(S.diskCacheSize),
    persistencePath: valueOf(S.persistencePath),
    storageMaxBytes: valueOf(S.storageMax),
    isolation: valueOf(S.isolation),
    allowHosts: valueOf(S.allowHost),
    allowOrigins: valueOf(S.allowOrigin),
    publicGateway: valueOf(S.publicGateway),
    trustedProxies: valueOf(S.trustedProxy),
    insecureNoAuth: valueOf(S.insecureNoAuth),
    rateLimit: valueOf(S.rateLimit),
    jsonBodyBytes: valueOf(S.maxJsonBody),
    maxSessions: valueOf(S.maxSessions),
    maxSessionsPerAddress: valueOf(S.maxSessionsPerAddress),
    maxConnections: valueOf(S.maxConnections),
    firstByteSeconds: valueOf(S.firstByteSeconds),
    answerIdleSeconds: valueOf(S.answerIdleSeconds),
    uploadIdleSeconds: valueOf(S.uploadIdleSeconds),
    drainSeconds: valueOf(S.drainSeconds),
    logDirectory: valueOf(S.logDir),
    logLevel: valueOf(S.logLevel) ?? "info",
    debug: valueOf(S.debug),
    openBrowser: valueOf(S.openBrowser) === true,
    reload: valueOf(S.reload) === true,
    runTests: valueOf(S.runTests) === true,
  };
}
