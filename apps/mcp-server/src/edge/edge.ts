import type { Logger, Startable } from "@ipfs-kit/core";

import type { LivePatch, LiveSettings } from "../config/live-settings.ts";
import { DEFAULT_GATEWAY_HOST, DEFAULT_HOST, DEFAULT_RATE_LIMIT } from "../defaults.ts";
import { ConfigError } from "../errors.ts";
import type { ServerInit } from "../server-init.ts";
import { Authenticator } from "./authenticator.ts";
import { ClientAddress } from "./client-address.ts";
import { Gate } from "./gate.ts";
import { Guard } from "./guard.ts";
import { isLoopback } from "./names.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { Sessions } from "./sessions.ts";
import { Tickets } from "./tickets.ts";
import { TokenStore } from "./token-store.ts";

export interface EdgeInit {
  /** The data folder: tokens are kept there. */
  folder: string;
  logger: Logger;
}

/** How many times the requests of a second there may be at once. */
const BURST_SECONDS = 2;

/** Who may talk to a server, and do what: tokens, sessions, tickets, and the gates of its listeners. */
export class Edge implements Startable, LiveSettings {
  readonly tokens: TokenStore;
  readonly sessions = new Sessions();
  readonly tickets = new Tickets();
  /** Of the API and the dashboard: each route says what it needs. */
  readonly control: Gate;
  /** Of content, which needs a token only where others can reach it and it is not public. */
  readonly gateway: Gate;
  readonly #init: ServerInit;
  readonly #limiter = new RateLimiter({ perSecond: 0, burst: 0 });
  readonly #controlGuard: Guard;
  readonly #gatewayGuard: Guard;
  #rateLimit: number | undefined;

  /** @throws ConfigError for a trusted proxy that is no address or network */
  constructor(init: ServerInit, { folder, logger }: EdgeInit) {
    const { host = DEFAULT_HOST, gatewayHost = DEFAULT_GATEWAY_HOST, publicGateway } = init;
    const { allowHosts = [], allowOrigins = [], insecureNoAuth = false } = init;
    this.#init = init;
    this.tokens = new TokenStore({ folder, logger });
    this.#controlGuard = new Guard({ host, allowHosts, allowOrigins });
    this.#gatewayGuard = new Guard({
      host: gatewayHost,
      allowHosts,
      allowOrigins: [],
      publicReads: true,
    });
    const shared = {
      clients: new ClientAddress(init.trustedProxies ?? []),
      limiter: this.#limiter,
    };
    this.control = new Gate({
      ...shared,
      guard: this.#controlGuard,
      authenticator: new Authenticator({
        tokens: this.tokens,
        sessions: this.sessions,
        tickets: this.tickets,
        opensWithoutTokens: insecureNoAuth || !isReachable(init),
      }),
      limitsOpen: () => this.#rateLimit !== undefined || isReachable(init),
    });
    this.gateway = new Gate({
      ...shared,
      guard: this.#gatewayGuard,
      authenticator: new Authenticator({
        tokens: this.tokens,
        opensWithoutTokens: insecureNoAuth || isLoopback(gatewayHost),
      }),
      limitsOpen: () => this.#rateLimit !== undefined || !isLoopback(gatewayHost),
      ...(publicGateway === true || isLoopback(gatewayHost) ? {} : { access: "viewer" }),
    });
    this.#setRateLimit(init.rateLimit);
  }

  /**
   * Reads the tokens.
   *
   * @throws ConfigError when others could reach the server and nobody could sign in; IpfsKitError
   * `data_directory`
   */
  async start(): Promise<void> {
    await this.tokens.start();
    try {
      checkReach(this.#init, this.tokens);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.tokens.stop();
  }

  apply({ allowHosts, allowOrigins, rateLimit }: LivePatch): void {
    const hosts = allowHosts === undefined ? {} : { allowHosts };
    this.#gatewayGuard.update(hosts);
    this.#controlGuard.update({
      ...hosts,
      ...(allowOrigins === undefined ? {} : { allowOrigins }),
    });
    if (rateLimit === undefined) return;
    this.#setRateLimit(rateLimit === "default" ? undefined : rateLimit);
  }

  /** Requests a second that are let through now; `undefined` is the default. */
  get rateLimit(): number | undefined {
    return this.#rateLimit;
  }

  /** @param rateLimit `undefined` is the default, which leaves out local users of a server without tokens */
  #setRateLimit(rateLimit: number | undefined): void {
    const perSecond = rateLimit ?? DEFAULT_RATE_LIMIT;
    this.#rateLimit = rateLimit;
    this.#limiter.setRate(perSecond, perSecond * BURST_SECONDS);
  }
}

/** Whether other machines may come to the control listener: by themselves, or through a proxy. */
function isReachable({ host = DEFAULT_HOST, trustedProxies = [] }: ServerInit): boolean {
  return !isLoopback(host) || trustedProxies.length > 0;
}

/** @throws ConfigError when others could reach a listener and nobody could sign in */
function checkReach(
  { insecureNoAuth = false, gateway = true, publicGateway = false, ...init }: ServerInit,
  tokens: TokenStore,
): void {
  if (insecureNoAuth || tokens.hasUsable) return;
  const { host = DEFAULT_HOST, gatewayHost = DEFAULT_GATEWAY_HOST, persistencePath } = init;
  const folder = persistencePath === undefined ? "" : ` --persistence-path ${persistencePath}`;
  const create =
    init.isolation === true
      ? "and --isolation starts without any"
      : `make one with: ipfs-kit token create --role admin --name me${folder}`;
  if (isReachable(init)) {
    const [what, instead] = isLoopback(host)
      ? ["--trusted-proxy lets other machines in", "leave it away"]
      : [`--host ${host} can be reached by other machines`, `use ${DEFAULT_HOST}`];
    throw new ConfigError(
      `${what} and there is no token to sign in with: ${create}; or ${instead}, or add --insecure-no-auth if everyone there may do everything.`,
    );
  }
  if (gateway && !publicGateway && !isLoopback(gatewayHost)) {
    throw new ConfigError(
      `--gateway-host ${gatewayHost} can be reached by other machines and there is no token to read with: ${create}; or use ${DEFAULT_GATEWAY_HOST}, or add --public-gateway if everyone there may read everything.`,
    );
  }
}
