import type { ConfigFiles } from "../../src/config/config-file.ts";
import { loadConfig, type LoadedConfig } from "../../src/config/load-config.ts";
import { ConfigError } from "../../src/errors.ts";

/** Where the file of {@link LoadInit.file} stands. */
export const FILE = "/etc/kit.json";

export interface LoadInit {
  args?: readonly string[];
  env?: Record<string, string>;
  /** The text of the configuration file, or what is written as one. @default there is none */
  file?: string | object;
}

/** Reads a configuration; the disk has no part in it. */
export function load({ args = [], env = {}, file }: LoadInit = {}): LoadedConfig {
  const text = typeof file === "object" ? JSON.stringify(file) : file;
  const files: ConfigFiles = { read: (path) => (path === FILE ? text : undefined) };
  const named = text === undefined ? [] : ["--config", FILE];
  return loadConfig([...named, ...args], env, files);
}

/** What is told of a configuration that is refused; nothing when it is taken. */
export function faultsOf(init: LoadInit): readonly string[] {
  try {
    load(init);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}
