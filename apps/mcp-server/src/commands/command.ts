import type { RpcClient } from "./rpc-client.ts";
import type { Output } from "./output.ts";

/** One flag of a command, as `node:util` parses it. */
export interface CommandFlag {
  type: "string" | "boolean";
  /** One letter, for those who type it often. */
  short?: string;
  /** How the value is called in the help text. */
  value?: string;
  /** What it does, what is allowed, its default. */
  help: string;
}

/** What was given after the name of a command. */
export interface CommandInput {
  /** What belongs to no flag, in order. */
  arguments: readonly string[];
  /** The value of a flag, or of the switch. */
  text(name: string): string | undefined;
  isOn(name: string): boolean;
}

/** What a command works with. */
export interface CommandContext {
  /** The server that was asked for; nothing is sent before the first call. */
  server: RpcClient;
  output: Output;
  /** The bytes piped in; `undefined` when the input is a terminal. */
  stdin: () => AsyncIterable<Uint8Array> | undefined;
  /** Fires on Ctrl-C. */
  signal: AbortSignal;
}

/** A command that talks to a running server. */
export interface Command {
  name: string;
  /** One line. */
  summary: string;
  /** What follows the name: `<cid>[/path]`. */
  usage: string;
  /** How many arguments it takes. @default any number */
  count?: { min: number; max?: number };
  flags: Readonly<Record<string, CommandFlag>>;
  /** Changes what is stored: it goes on when nobody reads what it tells any more. @default false */
  changes?: boolean;
  /** Takes what is piped in. @default false */
  readsInput?: boolean;
  /** How long the server may be silent when nothing else is said. @default 60 */
  patienceSeconds?: number;
  /** @throws IpfsKitError; UsageError */
  run(input: CommandInput, context: CommandContext): Promise<void>;
}
