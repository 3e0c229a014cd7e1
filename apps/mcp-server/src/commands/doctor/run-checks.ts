import { loadConfig } from "../../config/load-config.ts";
import type { ServeConfig } from "../../config/serve-config.ts";
import {
  DEFAULT_GATEWAY_HOST,
  DEFAULT_GATEWAY_PORT,
  DEFAULT_HOST,
  DEFAULT_PORT,
} from "../../defaults.ts";
import { isLoopback } from "../../edge/names.ts";
import { ConfigError } from "../../errors.ts";
import type { Environment } from "../command.ts";
import type { RpcClient } from "../rpc-client.ts";
import { type Check, type CheckResult, make, ok, skipped } from "./check.ts";
import { gatewayUrlOf } from "./gateway-url.ts";
import { kuboCheck } from "./kubo-check.ts";
import { dataFolderCheck, nodeCheck, portCheck, transcoderCheck } from "./machine-checks.ts";
import { healthCheck, serverCheck, socketCheck } from "./server-checks.ts";
import { TestContent } from "./test-content.ts";

export interface RunChecksInit {
  server: RpcClient;
  env: Environment;
  /** Also what stores, plays and removes content of its own. */
  all: boolean;
  /** Also this machine, as the place of a server that is configured by `env`. */
  machine: boolean;
  signal: AbortSignal;
}

/**
 * Looks at everything, one after the other; what cannot work without another thing is skipped when that
 * has failed. Throws only when `signal` fires.
 */
export async function* runChecks(init: RunChecksInit): AsyncGenerator<CheckResult, void> {
  const { server, env, all, machine, signal } = init;
  const config = new ConfigReader(env);
  if (machine) {
    yield* await make(nodeCheck(), signal);
    yield* await make(config.check(), signal);
    yield* await make(dataFolderCheck(config.value.persistencePath, env), signal);
    yield* await make(transcoderCheck(), signal);
    const { kuboApi, contentBackend } = config.value;
    if (kuboApi !== undefined || contentBackend === "kubo") {
      yield* await make(kuboCheck(kuboApi), signal);
    }
  }
  const [reached] = await make(serverCheck(server), signal);
  if (machine) yield* await portResults(init, config.value, reached?.status === "ok");
  if (reached !== undefined) yield reached;
  if (reached?.status === "ok") {
    yield* await make(healthCheck(server), signal);
    yield* await make(socketCheck(server), signal);
    if (all) yield* contentResults(init);
  }
}

/** Whatever happens in between, what was added is removed. */
async function* contentResults({
  server,
  signal,
}: RunChecksInit): AsyncGenerator<CheckResult, void> {
  // Playing needs a peer connection, which is much to load.
  const { gatewayCheck, webrtcCheck } = await import("./content-checks.ts");
  const content = new TestContent(server);
  try {
    yield* await make(content.roundTrip(), signal);
    yield* await make(gatewayCheck(server, content), signal);
    yield* await make(webrtcCheck(server, content), signal);
  } finally {
    const [removed] = await make(content.removal(), new AbortController().signal);
    if (!signal.aborted && removed !== undefined) yield removed;
  }
}

/** The ports a server of this machine would take. */
async function portResults(
  { server, signal }: RunChecksInit,
  config: Partial<ServeConfig>,
  isReached: boolean,
): Promise<CheckResult[]> {
  const { hostname, port: asked, protocol } = server.url;
  const { host = DEFAULT_HOST, port = DEFAULT_PORT } = config;
  const isOurs = isReached && isLoopback(hostname.replaceAll(/^\[|\]$/g, ""));
  const askedPort = Number(asked || (protocol === "https:" ? 443 : 80));
  const holder = isOurs && askedPort === port ? "held by the server that answers" : undefined;
  const gatewayAt = isOurs ? await gatewayPort(server, signal) : undefined;
  const { gateway = true, gatewayHost = DEFAULT_GATEWAY_HOST } = config;
  const { gatewayPort: wanted = DEFAULT_GATEWAY_PORT } = config;
  const checks: Check[] = [
    portCheck({ name: "port", host, port, flag: "--port", holder }),
    gateway
      ? portCheck({
          name: "gateway port",
          host: gatewayHost,
          port: wanted,
          flag: "--gateway-port",
          holder:
            gatewayAt === wanted ? "held by the gateway of the server that answers" : undefined,
        })
      : {
          name: "gateway port",
          deadlineMs: 1_000,
          look: async () => skipped("switched_off", "No gateway is configured."),
        },
  ];
  const results: CheckResult[] = [];
  for (const check of checks) results.push(...(await make(check, signal)));
  return results;
}

async function gatewayPort(server: RpcClient, signal: AbortSignal): Promise<number | undefined> {
  const url = await gatewayUrlOf(server, signal).catch(() => undefined);
  return url === undefined ? undefined : Number(url.port || 80);
}

/** The configuration a server would have here; empty when it is wrong, which a check tells. */
class ConfigReader {
  readonly value: Partial<ServeConfig>;
  readonly #check: Check["look"];

  constructor(env: Environment) {
    try {
      const { config, entries, warnings } = loadConfig([], env);
      this.value = config;
      const set = entries.filter(({ origin }) => origin.from !== "default").length;
      this.#check = async () =>
        warnings.length === 0
          ? ok(set === 0 ? "the defaults" : `${set} values set, else the defaults`)
          : { status: "warning", reasonCode: "no_effect", reason: warnings.join(" ") };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.value = {};
      this.#check = async () => ({
        status: "failed",
        reasonCode: "invalid_config",
        reason: error.faults.join(" "),
        advice: "ipfs-kit config print --origin shows where each value comes from.",
      });
    }
  }

  check(): Check {
    return { name: "configuration", deadlineMs: 5_000, look: this.#check };
  }
}
