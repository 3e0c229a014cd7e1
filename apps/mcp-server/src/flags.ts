import { COMMANDS } from "./commands/run-command.ts";
import {
  DEFAULT_DRAIN_SECONDS,
  DEFAULT_GATEWAY_HOST,
  DEFAULT_GATEWAY_PORT,
  DEFAULT_HOST,
  DEFAULT_PORT,
  DEFAULT_UPLOAD_IDLE_SECONDS,
} from "./defaults.ts";

/** One flag of `serve`. Its environment variable is `IPFS_KIT_` and the name in capitals. */
export interface Flag {
  type: "string" | "boolean";
  /** May be given several times, or once with commas. @default false */
  list?: boolean;
  /** How the value is called in the help text. */
  value?: string;
  /** What it does, what is allowed, its default. */
  help: string;
}

/** Every flag of `serve`, in the order of the help text. */
const FLAGS = {
  host: {
    type: "string",
    value: "<address>",
    help: `Address to listen on. Default ${DEFAULT_HOST}.`,
  },
  port: {
    type: "string",
    value: "<number>",
    help: `Port to listen on, 0 to 65535; 0 picks a free one. Default ${DEFAULT_PORT}.`,
  },
  "gateway-host": {
    type: "string",
    value: "<address>",
    help: `Address the gateway (/ipfs/<cid>) listens on. Default ${DEFAULT_GATEWAY_HOST}.`,
  },
  "gateway-port": {
    type: "string",
    value: "<number>",
    help: `Its port; 0 picks a free one. Default ${DEFAULT_GATEWAY_PORT}, with --port 0 a free one.`,
  },
  "disable-gateway": { type: "boolean", help: "Serve no gateway." },
  "content-backend": {
    type: "string",
    value: "<backend>",
    help: "embedded, kubo or auto: kubo when --kubo-api is given, else embedded. Default auto.",
  },
  "kubo-api": {
    type: "string",
    value: "<url|multiaddr>",
    help: "Kubo's RPC API. Default with --content-backend kubo: /ip4/127.0.0.1/tcp/5001.",
  },
  "memory-cache-size": {
    type: "string",
    value: "<bytes>",
    help: "Memory for blocks read before, e.g. 256Mi; 0 is none. Default 64Mi.",
  },
  "disk-cache-size": {
    type: "string",
    value: "<bytes>",
    help: "Disk for blocks read before; 0 is none. Default 1Gi with Kubo, else 0.",
  },
  "persistence-path": {
    type: "string",
    value: "<folder>",
    help: "Folder for everything that is kept. Default: ipfs-kit in the platform's data folder.",
  },
  "storage-max": {
    type: "string",
    value: "<bytes>",
    help: "Room for the embedded store, e.g. 50G or 500Mi; 0 is no limit. Default 0.",
  },
  isolation: {
    type: "boolean",
    help: "Use a fresh temporary folder, removed at exit; contact no daemon.",
  },
  "allow-host": {
    type: "string",
    list: true,
    value: "<name[:port]>",
    help: "Answer to this Host too (a name of this machine, a proxy's name). May be repeated.",
  },
  "allow-origin": {
    type: "string",
    list: true,
    value: "<origin>",
    help: "Let pages of this origin use the API, e.g. https://app.example. May be repeated.",
  },
  "insecure-no-auth": {
    type: "boolean",
    help: "Allow an address other machines can reach although there is no sign-in.",
  },
  "drain-seconds": {
    type: "string",
    value: "<number>",
    help: `Time for work in flight after a stop signal, 0 to 600. Default ${DEFAULT_DRAIN_SECONDS}.`,
  },
  "upload-idle-seconds": {
    type: "string",
    value: "<number>",
    help: `Cut an upload that sends less than 16 KiB in so long, 1 to 3600. Default ${DEFAULT_UPLOAD_IDLE_SECONDS}.`,
  },
  "log-level": {
    type: "string",
    value: "<level>",
    help: "debug, info, warn or error. Default info.",
  },
  debug: {
    type: "boolean",
    help: "Log level debug, with stacks; error answers show their cause.",
  },
  "open-browser": {
    type: "boolean",
    help: "Open the dashboard in the browser.",
  },
  help: { type: "boolean", help: "Show this text." },
  version: { type: "boolean", help: "Show the version." },
} as const satisfies Record<string, Flag>;

export type FlagName = keyof typeof FLAGS;

/** The table above by plain names, for text that comes from outside. */
export const FLAG_TABLE: ReadonlyMap<string, Flag> = new Map(Object.entries(FLAGS));

/** The environment variable of a flag, e.g. `IPFS_KIT_ALLOW_HOST`. */
export function envNameOf(flag: string): string {
  return `IPFS_KIT_${flag.toUpperCase().replaceAll("-", "_")}`;
}

/** What `--help` prints. */
export function helpText(): string {
  const rows = Array.from(FLAG_TABLE, ([name, { value = "", help }]) => {
    return `  ${`--${name} ${value}`.padEnd(31)} ${help}`;
  });
  return [
    "Usage: ipfs-kit [serve] [flags]",
    "       ipfs-kit <command> …",
    "",
    "One server that makes IPFS content live: add a file, play it by its CID over WebRTC.",
    "",
    "Commands, for a server that runs (each explains itself with --help):",
    ...Array.from(COMMANDS.values(), ({ name, summary }) => `  ${name.padEnd(8)} ${summary}`),
    "",
    "Flags of serve:",
    ...rows,
    "",
    "Each flag can be set by an environment variable, e.g. IPFS_KIT_PORT=9000; the flag wins.",
    "Exit codes: 0 stopped, 64 bad flag, 69 port in use, 70 internal, 73 data folder unusable,",
    "130 and 143 cut short by a second signal.",
    "",
  ].join("\n");
}
