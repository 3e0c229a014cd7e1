import type { LogLevel } from "@ipfs-kit/core";

import {
  DEFAULT_ANSWER_IDLE_SECONDS,
  DEFAULT_DRAIN_SECONDS,
  DEFAULT_FIRST_BYTE_SECONDS,
  DEFAULT_GATEWAY_HOST,
  DEFAULT_GATEWAY_PORT,
  DEFAULT_HOST,
  DEFAULT_JSON_BODY_BYTES,
  DEFAULT_KUBO_DISK_CACHE_BYTES,
  DEFAULT_MAX_SESSIONS_PER_ADDRESS,
  DEFAULT_MEMORY_CACHE_BYTES,
  DEFAULT_PORT,
  DEFAULT_RATE_LIMIT,
  DEFAULT_UPLOAD_IDLE_SECONDS,
  MAX_CONNECTIONS,
  MAX_SESSIONS,
} from "../defaults.ts";
import { readHost, readHostPattern, readOrigin } from "../edge/names.ts";
import { dataFolderOf } from "../platform-folders.ts";
import { bytesKind, choiceKind, listKind, numberKind, switchKind, textKind } from "./kinds.ts";
import { readFile, readFolder, readKuboApi, readNetwork } from "./readers.ts";
import type { Setting } from "./setting.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

const host = textKind({ read: readHost, placeholder: "<address>" });
const port = numberKind(0, 65_535);
const folder = textKind({ read: readFolder, placeholder: "<folder>", completes: "folder" });

/** Everything that has an effect, by the name the code uses. */
export const SETTINGS = {
  host: setting({
    name: "host",
    kind: host,
    section: "Listeners",
    help: "Address to listen on.",
    fallback: DEFAULT_HOST,
  }),
  port: setting({
    name: "port",
    kind: port,
    section: "Listeners",
    help: "Port to listen on, 0 to 65535; 0 picks a free one.",
    fallback: DEFAULT_PORT,
  }),
  disableGateway: setting({
    name: "disable_gateway",
    kind: switchKind,
    section: "Listeners",
    help: "Serve no gateway.",
    fallback: false,
  }),
  gatewayHost: setting({
    name: "gateway_host",
    kind: host,
    section: "Listeners",
    help: "Address the gateway (/ipfs/<cid>) listens on.",
    fallback: DEFAULT_GATEWAY_HOST,
  }),
  gatewayPort: setting({
    name: "gateway_port",
    kind: port,
    section: "Listeners",
    help: "Its port; 0 picks a free one.",
    // Who asks for any free port wants several servers on one machine.
    derive: (valueOf) => (valueOf("port") === 0 ? 0 : DEFAULT_GATEWAY_PORT),
    defaultText: `${DEFAULT_GATEWAY_PORT}, with --port 0 a free one`,
  }),
  contentBackend: setting<"embedded" | "kubo" | "auto">({
    name: "content_backend",
    kind: choiceKind("<backend>", ["embedded", "kubo", "auto"]),
    section: "Content",
    help: "Where content is kept: embedded, kubo or auto, which is kubo when --kubo-api is given.",
    fallback: "auto",
    inIsolation: {
      why: "isolation contacts no daemon",
      allows: (value) => value !== "kubo",
    },
  }),
  kuboApi: setting({
    name: "kubo_api",
    kind: textKind({ read: readKuboApi, placeholder: "<url|multiaddr>" }),
    section: "Content",
    help: "Kubo's RPC API.",
    defaultText: "/ip4/127.0.0.1/tcp/5001 with --content-backend kubo",
    inIsolation: { why: "isolation contacts no daemon" },
  }),
  persistencePath: setting({
    name: "persistence_path",
    kind: folder,
    section: "Content",
    help: "Folder for everything that is kept.",
    derive: (valueOf, env) => (valueOf("isolation") === true ? undefined : dataFolderOf(env)),
    defaultText: "ipfs-kit in the platform's data folder",
    inIsolation: { why: "isolation makes its own folder" },
  }),
  storageMax: setting({
    name: "storage_max",
    kind: bytesKind(),
    section: "Content",
    help: "Room for the embedded store, e.g. 50G or 500Mi; 0 is no limit.",
    fallback: 0,
  }),
  memoryCacheSize: setting({
    name: "memory_cache_size",
    kind: bytesKind(),
    section: "Content",
    help: "Memory for blocks read before, e.g. 256Mi; 0 is none.",
    fallback: DEFAULT_MEMORY_CACHE_BYTES,
  }),
  diskCacheSize: setting({
    name: "disk_cache_size",
    kind: bytesKind(),
    section: "Content",
    help: "Disk for blocks read before; 0 is none.",
    derive: (valueOf) => (isKubo(valueOf) ? DEFAULT_KUBO_DISK_CACHE_BYTES : 0),
    defaultText: "1Gi with Kubo, else 0",
  }),
  isolation: setting({
    name: "isolation",
    kind: switchKind,
    section: "Content",
    help: "Use a fresh temporary folder, removed at exit; contact no daemon.",
    fallback: false,
  }),
  allowHost: setting({
    name: "allow_host",
    kind: listKind({ read: readHostPattern, placeholder: "<name[:port]>" }),
    section: "Access",
    help: "Answer to this Host too (a name of this machine, a proxy's name). May be repeated.",
    fallback: [],
    live: true,
  }),
  allowOrigin: setting({
    name: "allow_origin",
    kind: listKind({ read: readOrigin, placeholder: "<origin>" }),
    section: "Access",
    help: "Let pages of this origin use the API, e.g. https://app.example. May be repeated.",
    fallback: [],
    live: true,
  }),
  publicGateway: setting({
    name: "public_gateway",
    kind: switchKind,
    section: "Access",
    help: "Whoever reaches the gateway may read, on any address, without a token.",
    fallback: false,
  }),
  trustedProxy: setting({
    name: "trusted_proxy",
    kind: listKind({ read: readNetwork, placeholder: "<address[/bits]>" }),
    section: "Access",
    help: "Believe X-Forwarded-For when it comes from here, e.g. 10.0.0.0/8. May be repeated.",
    fallback: [],
  }),
  insecureNoAuth: setting({
    name: "insecure_no_auth",
    kind: switchKind,
    section: "Access",
    help: "Allow an address other machines can reach although there is no token.",
    fallback: false,
  }),
  rateLimit: setting({
    name: "rate_limit",
    kind: numberKind(0, 1_000_000),
    section: "Limits",
    help: "Requests a second that one token or address may make, with twice as many at once; 0 is no limit.",
    // Not the number: it would count for local users too.
    defaultText: `${DEFAULT_RATE_LIMIT}; none for this machine's users while there is no token`,
    live: true,
  }),
  maxJsonBody: setting({
    name: "max_json_body",
    kind: bytesKind(KIB, 64 * MIB),
    section: "Limits",
    help: "Bytes of a JSON body, 1Ki to 64Mi.",
    fallback: DEFAULT_JSON_BODY_BYTES,
  }),
  maxSessions: setting({
    name: "max_sessions",
    kind: numberKind(1, 100_000),
    section: "Limits",
    help: "Streaming sessions at a time, 1 to 100000.",
    fallback: MAX_SESSIONS,
  }),
  maxSessionsPerAddress: setting({
    name: "max_sessions_per_address",
    kind: numberKind(1, 100_000),
    section: "Limits",
    help: "Streaming sessions of one address, 1 to 100000.",
    fallback: DEFAULT_MAX_SESSIONS_PER_ADDRESS,
  }),
  maxConnections: setting({
    name: "max_connections",
    kind: numberKind(1, 1_000_000),
    section: "Limits",
    help: "Connections of one listener at a time, 1 to 1000000.",
    fallback: MAX_CONNECTIONS,
  }),
  firstByteSeconds: setting({
    name: "first_byte_seconds",
    kind: numberKind(1, 3600),
    section: "Limits",
    help: "Time an answer may take to its first byte, 1 to 3600.",
    fallback: DEFAULT_FIRST_BYTE_SECONDS,
  }),
  answerIdleSeconds: setting({
    name: "answer_idle_seconds",
    kind: numberKind(1, 3600),
    section: "Limits",
    help: "Cut a client that takes nothing of its answer for so long, 1 to 3600.",
    fallback: DEFAULT_ANSWER_IDLE_SECONDS,
  }),
  uploadIdleSeconds: setting({
    name: "upload_idle_seconds",
    kind: numberKind(1, 3600),
    section: "Limits",
    help: "Cut an upload that sends less than 16 KiB in so long, 1 to 3600.",
    fallback: DEFAULT_UPLOAD_IDLE_SECONDS,
  }),
  drainSeconds: setting({
    name: "drain_seconds",
    kind: numberKind(0, 600),
    section: "Limits",
    help: "Time for work in flight after a stop signal, 0 to 600.",
    fallback: DEFAULT_DRAIN_SECONDS,
  }),
  logLevel: setting<LogLevel>({
    name: "log_level",
    kind: choiceKind("<level>", ["debug", "info", "warn", "error"], { warning: "warn" }),
    section: "Log",
    help: "debug, info, warn or error.",
    derive: (valueOf) => (valueOf("debug") === true ? "debug" : "info"),
    defaultText: "info, with --debug debug",
    live: true,
  }),
  logDir: setting({
    name: "log_dir",
    kind: folder,
    section: "Log",
    help: "Folder for log files, one JSON object per line.",
    defaultText: "no files",
  }),
  debug: setting({
    name: "debug",
    kind: switchKind,
    section: "Log",
    help: "Log level debug, with stacks; error answers show their cause.",
    fallback: false,
  }),
  config: setting({
    name: "config",
    kind: textKind({ read: readFile, placeholder: "<file>", completes: "file" }),
    section: "Running",
    help: "Configuration file; it must be there.",
    defaultText: "ipfs-kit.json in the platform's config folder, if it is there",
    outsideFile: true,
  }),
  openBrowser: setting({
    name: "open_browser",
    kind: switchKind,
    section: "Running",
    help: "Open the dashboard in the browser.",
    fallback: false,
  }),
  reload: setting({
    name: "reload",
    kind: switchKind,
    section: "Running",
    help: "For development: restart when the sources or the configuration file change.",
    fallback: false,
  }),
  runTests: setting({
    name: "run_tests",
    kind: switchKind,
    section: "Running",
    help: "Check the server once it is ready, then stop with the verdict as exit code.",
    fallback: false,
  }),
} as const;

function setting<T>(each: Setting<T>): Setting<T> {
  return each;
}

/** Kubo only when it is named: nothing is contacted unasked. */
function isKubo(valueOf: (name: string) => unknown): boolean {
  const backend = valueOf("content_backend");
  return backend === "kubo" || (backend === "auto" && valueOf("kubo_api") !== undefined);
}
