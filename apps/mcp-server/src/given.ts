import { parseArgs } from "node:util";

import { COMMANDS } from "./commands/run-command.ts";
import { ConfigError } from "./errors.ts";
import { envNameOf, FLAG_TABLE, type FlagName } from "./flags.ts";

const SERVE = "serve";
/** Their variables would mean something else in many a container. */
const ONLY_FLAGS: ReadonlySet<FlagName> = new Set<FlagName>(["help", "version"]);
/** Kubernetes sets `IPFS_KIT_PORT=tcp://…` in pods beside a service called `ipfs-kit`. */
const SERVICE_LINK = /^(?:tcp|udp|sctp):\/\//;
const TRUE: ReadonlySet<string> = new Set(["1", "true"]);
const FALSE: ReadonlySet<string> = new Set(["0", "false"]);

/** A value with the name people gave it under: `--port` or `IPFS_KIT_PORT`. */
export interface GivenValue {
  text: string;
  source: string;
  isFlag: boolean;
}

/** Turns the text of a value into what it stands for, or says what is allowed instead. */
export type Read<T> = (text: string) => { value: T } | { allowed: string };

/** What was given on the command line, and in the environment for what was not. */
export class Given {
  readonly #flags: ReadonlyMap<string, readonly string[]>;
  readonly #env: Readonly<Record<string, string | undefined>>;

  /** @throws ConfigError for a command, flag or argument that does not exist. */
  constructor(args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
    this.#flags = readFlags(args);
    this.#env = env;
  }

  /** The texts given for a flag; the command line hides the environment. */
  values(name: FlagName): GivenValue[] {
    const onLine = this.#flags.get(name);
    if (onLine !== undefined) {
      return onLine.map((text) => ({ text, source: `--${name}`, isFlag: true }));
    }
    const source = envNameOf(name);
    const text = this.#env[source] ?? "";
    const ignored = text === "" || ONLY_FLAGS.has(name) || SERVICE_LINK.test(text);
    return ignored ? [] : [{ text, source, isFlag: false }];
  }

  /** The value of a flag; of several, the last. */
  one<T>(name: FlagName, read: Read<T>): T | undefined {
    const last = this.values(name).at(-1);
    return last === undefined ? undefined : valueOf(last, read);
  }

  /** The values of a flag that may be repeated, or hold several with commas. */
  all<T>(name: FlagName, read: Read<T>): T[] {
    return this.values(name).flatMap(({ text, ...rest }) =>
      text.split(",").map((part) => valueOf({ text: part.trim(), ...rest }, read)),
    );
  }

  /** Whether a switch is on. */
  boolean(name: FlagName): boolean {
    return this.one(name, readBoolean) ?? false;
  }
}

function valueOf<T>(given: GivenValue, read: Read<T>): T {
  const result = read(given.text);
  if ("value" in result) return result.value;
  throw new ConfigError(`${given.source} ${shown(given.text)} is not allowed: ${result.allowed}.`);
}

function readBoolean(text: string): { value: boolean } | { allowed: string } {
  if (TRUE.has(text)) return { value: true };
  if (FALSE.has(text)) return { value: false };
  return { allowed: "give 1 or true, 0 or false" };
}

function readFlags(args: readonly string[]): Map<string, string[]> {
  const options = Object.fromEntries(
    Array.from(FLAG_TABLE, ([name, { type }]) => [name, { type }]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const found = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") checkCommand(token.value, token.index);
    if (token.kind !== "option") continue;
    const flag = FLAG_TABLE.get(token.name);
    if (flag === undefined) throw unknownFlag(token.rawName);
    const text = token.value ?? (flag.type === "boolean" ? "true" : undefined);
    const swallowedFlag = token.inlineValue === false && text?.startsWith("--") === true;
    if (text === undefined || text === "" || swallowedFlag) {
      throw new ConfigError(`--${token.name} needs a value: ${flag.help}`);
    }
    found.set(token.name, [...(found.get(token.name) ?? []), text]);
  }
  return found;
}

function checkCommand(word: string, index: number): void {
  if (index === 0 && word === SERVE) return;
  throw new ConfigError(
    index === 0
      ? `There is no command ${shown(word)}: use ${[SERVE, ...COMMANDS.keys()].join(", ")}, or flags alone.`
      : `The argument ${shown(word)} belongs to no flag: see --help.`,
  );
}

function unknownFlag(name: string): ConfigError {
  const known = Array.from(FLAG_TABLE.keys(), (flag) => `--${flag}`).join(", ");
  return new ConfigError(`There is no flag ${shown(name)}: use ${known}.`);
}

/** Quoted, short, and harmless to a terminal. */
function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
