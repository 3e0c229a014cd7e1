import type { CommandFlag, CommandShape, CommonFlags } from "./command.ts";
import { SERVER_HELP } from "./server-choice.ts";

export const DEFAULT_TIMEOUT_SECONDS = 60;
export const MAX_TIMEOUT_SECONDS = 3600;

const LOCAL = {
  json: { type: "boolean", help: "One JSON object per line instead of text; bytes stay bytes." },
  help: { type: "boolean", short: "h", help: "Show this text." },
} as const satisfies Record<string, CommandFlag>;

const SERVER = {
  server: { type: "string", value: "<url>", help: SERVER_HELP.server },
  profile: { type: "string", value: "<name>", help: SERVER_HELP.profile },
  "insecure-token": { type: "boolean", help: SERVER_HELP.insecureToken },
  "timeout-seconds": {
    type: "string",
    value: "<number>",
    help: `How long the server may be silent, 1 to ${MAX_TIMEOUT_SECONDS}.`,
  },
  ...LOCAL,
} as const satisfies Record<string, CommandFlag>;

const COMMON: Readonly<Record<CommonFlags, Readonly<Record<string, CommandFlag>>>> = {
  server: SERVER,
  local: LOCAL,
  none: {},
};

/** Every flag a command takes: its own first, then those it shares with others. */
export function flagsOf({ flags, common = "server" }: CommandShape): Map<string, CommandFlag> {
  return new Map([...Object.entries(flags), ...Object.entries(COMMON[common])]);
}
