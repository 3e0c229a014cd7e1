import { IncomingMessage } from "node:http";
import { Socket } from "node:net";

import { afterEach, describe, expect, it, vi } from "vitest";

import { addressKey, ClientAddress } from "../src/edge/client-address.ts";
import { RateLimiter } from "../src/edge/rate-limiter.ts";
import { SecretMap } from "../src/edge/secret-map.ts";

afterEach(() => vi.useRealTimers());

describe("a limit of requests", () => {
  it("lets a burst through, then as many as a second allows", () => {
    const limiter = new RateLimiter({ perSecond: 10, burst: 20 });
    const taken = (now: number, tries: number) =>
      Array.from({ length: tries }, () => limiter.take("a", now)).filter((wait) => wait === 0)
        .length;
    expect(taken(0, 100)).toBe(20);
    expect(limiter.take("a", 0)).toBeCloseTo(100);
    expect(taken(1_000, 100)).toBe(10);
    expect(taken(60_000, 100)).toBe(20);
    expect(limiter.take("b", 60_000)).toBe(0);
  });

  it("can change, and be none", () => {
    const limiter = new RateLimiter({ perSecond: 1, burst: 1 });
    expect([limiter.take("a", 0), limiter.take("a", 0)]).toEqual([0, 1000]);
    limiter.setRate(0, 0);
    for (let request = 0; request < 1000; request += 1) expect(limiter.take("a", 0)).toBe(0);
  });

  it("forgets who has not come for long, and the first of too many", () => {
    const limiter = new RateLimiter({ perSecond: 1, burst: 1, maxKeys: 2 });
    expect(limiter.take("a", 0)).toBe(0);
    expect(limiter.take("b", 0)).toBe(0);
    expect(limiter.take("c", 0)).toBe(0);
    expect(limiter.take("b", 0)).toBeGreaterThan(0);
    expect(limiter.take("a", 0)).toBe(0);
  });
});

describe("secrets in memory", () => {
  it("lead to their value until they are taken or their time is up", () => {
    vi.useFakeTimers();
    const map = new SecretMap<string>({ lifeMs: 1000, max: 10 });
    const [first, second] = [map.add("a", "key"), map.add("b", "key")];
    expect([map.get(first), map.take(first), map.take(first)]).toEqual(["a", "a", undefined]);
    vi.advanceTimersByTime(1000);
    expect(map.get(second)).toBeUndefined();
    expect(map.get("made up")).toBeUndefined();
  });

  it("make room for new ones, the oldest first", () => {
    const map = new SecretMap<number>({ lifeMs: 1000, max: 3 });
    const secrets = [1, 2, 3, 4].map((value) => map.add(value, "key"));
    expect(secrets.map((secret) => map.get(secret))).toEqual([undefined, 2, 3, 4]);
  });

  it("make room among those of whoever has the most: nobody can push others out", () => {
    const map = new SecretMap<string>({ lifeMs: 1000, max: 4 });
    const admin = map.add("admin", "a");
    const flood = Array.from({ length: 100 }, (_, index) => map.add(`viewer ${index}`, "v"));
    expect(map.get(admin)).toBe("admin");
    expect(flood.filter((secret) => map.get(secret) !== undefined)).toHaveLength(3);
    expect(map.get(flood.at(-1) ?? "")).toBe("viewer 99");
  });
});

/** A request from an address, with what proxies wrote. */
const from = (remoteAddress: string, forwarded?: string) => {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: remoteAddress });
  const request = new IncomingMessage(socket);
  if (forwarded !== undefined) request.headers["x-forwarded-for"] = forwarded;
  return request;
};

describe("the address of a client", () => {
  it("is that of the connection, whatever it says", () => {
    const clients = new ClientAddress([]);
    expect(clients.of(from("192.0.2.1", "198.51.100.7"))).toBe("192.0.2.1");
    expect(clients.of(from("::ffff:192.0.2.1", "x"))).toBe("192.0.2.1");
  });

  it.each<[string, string, string | undefined, string]>([
    ["a trusted proxy tells", "10.0.0.1", "198.51.100.7", "198.51.100.7"],
    [
      "the right-most that is no proxy",
      "10.0.0.1",
      "1.1.1.1, 198.51.100.7, 10.0.0.2",
      "198.51.100.7",
    ],
    ["a proxy over IPv6 tells", "::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"],
    ["IPv4 in IPv6 is IPv4", "10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"],
    ["a port is left out", "10.0.0.1", "198.51.100.7:4711", "198.51.100.7"],
    ["a port of IPv6 is left out", "10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"],
    ["no header", "10.0.0.1", undefined, "10.0.0.1"],
    ["nonsense", "10.0.0.1", "unknown", "10.0.0.1"],
    ["nonsense on the right", "10.0.0.1", "198.51.100.7, evil", "10.0.0.1"],
    ["nonsense beyond a proxy", "10.0.0.1", "evil, 10.0.0.3", "10.0.0.3"],
    ["only proxies", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["a stranger who says so himself", "192.0.2.1", "198.51.100.7", "192.0.2.1"],
    [
      "a list that hides the end, which the proxy wrote",
      "10.0.0.1",
      `${"1.1.1.1,".repeat(100)}198.51.100.7`,
      "198.51.100.7",
    ],
    ["a list without end", "10.0.0.1", "1.1.1.1,".repeat(100), "10.0.0.1"],
  ])("%s", (_what, remote, forwarded, expected) => {
    const clients = new ClientAddress(["10.0.0.0/8", "fd00::/8"]);
    expect(clients.of(from(remote, forwarded))).toBe(expected);
  });

  it("must be one where proxies are named", () => {
    expect(() => new ClientAddress(["10.0.0.0/99"])).toThrow(/--trusted-proxy/);
    expect(() => new ClientAddress(["proxy.example"])).toThrow(/--trusted-proxy/);
  });

  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:2::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ])("%s is counted as %s", (address, key) => expect(addressKey(address)).toBe(key));
});
