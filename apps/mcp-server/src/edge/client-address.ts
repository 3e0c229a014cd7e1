import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

import { ConfigError } from "../errors.ts";

/** Prefix of what one customer gets of IPv6: further addresses are as cheap as ports. */
const IPV6_GROUPS = 4;
const MAPPED = /^::ffff:(?<ipv4>\d+\.\d+\.\d+\.\d+)$/i;

/**
 * Who is at the other end. `X-Forwarded-For` counts only as far as proxies we trust have written it:
 * the right-most address that is none of theirs.
 */
export class ClientAddress {
  readonly #proxies: BlockList | undefined;

  /** @param trustedProxies addresses or networks (`10.0.0.0/8`) */
  constructor(trustedProxies: readonly string[]) {
    if (trustedProxies.length === 0) return;
    this.#proxies = new BlockList();
    for (const proxy of trustedProxies) addNetwork(this.#proxies, proxy);
  }

  /** Whether proxies are trusted: then requests of one connection may come from several clients. */
  get variesByRequest(): boolean {
    return this.#proxies !== undefined;
  }

  /** The address, IPv4 as such even where it came over an IPv6 socket. */
  of({ socket, headers }: Pick<IncomingMessage, "socket" | "headers">): string {
    let address = plain(socket.remoteAddress ?? "");
    if (this.#proxies === undefined || !this.#isProxy(address)) return address;
    // As long as a header may be: what a client made up stands on the left, and is not looked at.
    const hops = String(headers["x-forwarded-for"] ?? "").split(",");
    for (const hop of hops.toReversed()) {
      const next = plain(withoutPort(hop.trim()));
      // What is no address was written by a stranger; the last one known is the proxy.
      if (isIP(next) === 0) return address;
      address = next;
      if (!this.#isProxy(address)) return address;
    }
    return address;
  }

  #isProxy(address: string): boolean {
    const family = isIP(address);
    return family > 0 && this.#proxies?.check(address, family === 6 ? "ipv6" : "ipv4") === true;
  }
}

/** Under what an address is counted: itself, or its network of 64 bits. */
export function addressKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = (address.split("%")[0] ?? "").toLowerCase().split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from<string>({ length: Math.max(0, 8 - first.length - last.length) });
  const groups = [...first, ...zeros.fill("0"), ...last].slice(0, IPV6_GROUPS);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}

function plain(address: string): string {
  return MAPPED.exec(address)?.groups?.["ipv4"] ?? address;
}

/** `[fd00::1]:4711`, `10.0.0.1:4711`: some proxies add the port. */
function withoutPort(text: string): string {
  return (
    /^\[(?<ipv6>[^\]]+)\](?::\d+)?$/.exec(text)?.groups?.["ipv6"] ??
    /^(?<ipv4>\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.groups?.["ipv4"] ??
    text
  );
}

function addNetwork(list: BlockList, text: string): void {
  const [address = "", bits] = text.split("/");
  const ipv4 = plain(address);
  const family = isIP(ipv4) === 6 ? "ipv6" : "ipv4";
  try {
    if (bits === undefined) list.addAddress(ipv4, family);
    else list.addSubnet(ipv4, Number(bits), family);
  } catch {
    throw new ConfigError(
      `--trusted-proxy ${JSON.stringify(text)} is not allowed: give an address or a network such as 10.0.0.0/8.`,
    );
  }
}
