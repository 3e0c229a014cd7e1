import type { Output } from "./output.ts";
import type { RpcClient } from "./rpc-client.ts";

/** One flag of a command. */
export interface CommandFlag {
  type: "string" | "boolean";
  /** One letter, for those who type it often. */
  short?: string;
  /** May be given several times. @default false */
  list?: boolean;
  /** How the value is called in the help text: `<number>`. */
  value?: string;
  /** The only values there are; shells offer them. */
  choices?: readonly string[];
  /** What the value is a path of; shells offer those. */
  completes?: "file" | "folder";
  /** The heading it stands under, where there are many. */
  section?: string;
  /** What it does, what is allowed, its default. */
  help: string;
}

/** Which flags a command has besides its own: how to reach a server, or only `--json` and `--help`. */
export type CommonFlags = "server" | "local" | "none";

/** A place in the command tree, as help, completions and the manual show it. */
export interface CommandShape {
  name: string;
  /** Other names it answers to. */
  aliases?: readonly string[];
  /** One line. */
  summary: string;
  /** What follows the name: `<cid>[/path]`. */
  usage: string;
  /** What the arguments are; shells offer those. @default nothing is offered */
  completes?: "file" | readonly string[];
  flags: Readonly<Record<string, CommandFlag>>;
  /** @default "server" */
  common?: CommonFlags;
  /** Paragraphs for `--help` and the manual, below the summary. */
  details?: readonly string[];
  /** The commands below this one; then it does nothing by itself. */
  subcommands?: readonly CommandShape[];
}

/** What was given after the name of a command. */
export interface CommandInput {
  /** What belongs to no flag, in order. */
  arguments: readonly string[];
  /** The value of a flag; of several, the last. */
  text(name: string): string | undefined;
  /** All values of a flag that may be repeated. */
  texts(name: string): readonly string[];
  /** Whether a switch was given. */
  isOn(name: string): boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a command works with. */
export interface CommandContext {
  /** The server that was asked for; nothing is sent before the first call. */
  server: RpcClient;
  /** Whether somebody named that server; otherwise it is the default. */
  serverIsNamed: boolean;
  output: Output;
  /** The bytes piped in; `undefined` when the input is a terminal. */
  stdin: () => AsyncIterable<Uint8Array> | undefined;
  env: Environment;
  /** Fires on Ctrl-C. */
  signal: AbortSignal;
}

/** A command that does something. */
export interface Command extends CommandShape {
  /** How many arguments it takes. @default any number */
  count?: { min: number; max?: number };
  /** Changes what is stored: it goes on when nobody reads what it tells any more. @default false */
  changes?: boolean;
  /** Takes what is piped in. @default false */
  readsInput?: boolean;
  /** How long the server may be silent when nothing else is said. @default 60 */
  patienceSeconds?: number;
  /** Ctrl-C is how it is meant to end: exit code 0 instead of 130. @default false */
  runsUntilInterrupted?: boolean;
  /** @throws IpfsKitError; UsageError; CheckFailedError when all was told already */
  run(input: CommandInput, context: CommandContext): Promise<void>;
}

/** A name for commands that belong together: `pin` of `pin add` and `pin rm`. */
export interface CommandGroup extends CommandShape {
  subcommands: readonly (Command | CommandGroup)[];
}
