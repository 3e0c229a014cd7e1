import { describe, expect, it } from "vitest";

import { Guard, type GuardedRequest } from "../src/edge/guard.ts";
import { hostInUrl, isLoopback } from "../src/edge/names.ts";

const guard = new Guard({
  host: "127.0.0.1",
  allowHosts: ["kit.example", "proxy.example:9000"],
  allowOrigins: ["https://app.example"],
});
guard.listensOn(8000);

const request = (
  headers: Record<string, string>,
  rest: { method?: string; url?: string; hosts?: string[] } = {},
): GuardedRequest => {
  const {
    method = "GET",
    url = "/api/v0/pins",
    hosts = headers["host"] ? [headers["host"]] : [],
  } = rest;
  return { method, url, headers, rawHeaders: hosts.flatMap((host) => ["hOsT", host]) };
};

const decide = (...args: Parameters<typeof request>) => {
  const verdict = guard.check(request(...args));
  return verdict.allowed ? "allowed" : verdict.error.code;
};

const HOST = { host: "127.0.0.1:8000" };

describe("the Host", () => {
  it.each([
    "127.0.0.1:8000",
    "localhost:8000",
    "LOCALHOST:8000",
    "[::1]:8000",
    "kit.example",
    "Kit.Example:8000",
    "proxy.example:9000",
  ])("may be %s", (host) => expect(decide({ host })).toBe("allowed"));

  it.each([
    "",
    "evil.example",
    "evil.example:8000",
    "127.0.0.1",
    "127.0.0.1:8001",
    "127.0.0.1:08000",
    "127.0.0.1:8000.evil.example",
    "localhost.:8000",
    "localhost:8000@evil.example",
    "127.0.0.2:8000",
    "127.1:8000",
    "2130706433:8000",
    "0x7f.1:8000",
    "0.0.0.0:8000",
    "[::]:8000",
    "[::ffff:127.0.0.1]:8000",
    "localhost:8000, evil.example",
    "proxy.example",
    "sub.kit.example",
  ])("may not be %j", (host) => expect(decide({ host })).toBe("host_not_allowed"));

  it("is named once, and the request line must not name another", () => {
    expect(decide(HOST, { hosts: ["127.0.0.1:8000", "evil.example"] })).toBe("host_not_allowed");
    expect(decide(HOST, { url: "http://evil.example/" })).toBe("host_not_allowed");
    expect(decide(HOST, { url: "https://127.0.0.1:8000/" })).toBe("host_not_allowed");
    expect(decide(HOST, { url: "http://127.0.0.1:8000/x" })).toBe("allowed");
    expect(decide(HOST, { url: "*" })).toBe("allowed");
    expect(decide(HOST, { url: "evil.example:443" })).toBe("host_not_allowed");
  });

  it("may be the address listened on, as clients write it", () => {
    const mapped = new Guard({ host: "::ffff:127.0.0.1", allowHosts: [], allowOrigins: [] });
    mapped.listensOn(8000);
    const url = new URL(`http://${hostInUrl("::ffff:127.0.0.1")}:8000`);
    expect(url.host).toBe("[::ffff:7f00:1]:8000");
    expect(mapped.check(request({ host: url.host })).allowed).toBe(true);
  });

  it("is refused before the port is known", () => {
    const early = new Guard({ host: "127.0.0.1", allowHosts: [], allowOrigins: [] });
    expect(early.check(request(HOST)).allowed).toBe(false);
  });
});

describe("the origin", () => {
  it.each([
    ["none", {}],
    ["our own", { origin: "http://127.0.0.1:8000" }],
    [
      "our own, as browsers say it",
      { origin: "http://127.0.0.1:8000", "sec-fetch-site": "same-origin" },
    ],
    ["an allowed one", { origin: "https://app.example", "sec-fetch-site": "cross-site" }],
    ["typed into the address bar", { "sec-fetch-site": "none" }],
  ])("may be %s", (_what, headers) => {
    for (const method of ["GET", "POST", "DELETE", "OPTIONS"]) {
      expect(decide({ ...HOST, ...headers }, { method })).toBe("allowed");
    }
    expect(decide({ ...HOST, ...headers, upgrade: "websocket" })).toBe("allowed");
  });

  it.each([
    "http://evil.example",
    "null",
    "http://localhost:8000",
    "https://127.0.0.1:8000",
    "http://127.0.0.1:3000",
    "http://127.0.0.1:8000.evil.example",
    "HTTPS://app.example",
    "https://app.example:8443",
    "https://app.example, http://127.0.0.1:8000",
    "",
  ])("may not be %j, by any method or upgrade", (origin) => {
    for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
      expect(decide({ ...HOST, origin }, { method })).toBe("origin_not_allowed");
    }
    expect(decide({ ...HOST, origin, upgrade: "websocket" })).toBe("origin_not_allowed");
  });

  it.each(["cross-site", "same-site"])("counts as foreign when the browser says %s", (site) => {
    const headers = { ...HOST, "sec-fetch-site": site };
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "QUERY"]) {
      expect(decide(headers, { method })).toBe("origin_not_allowed");
    }
    expect(decide({ ...headers, upgrade: "websocket" })).toBe("origin_not_allowed");
    // A link from elsewhere may lead here: reading changes nothing.
    expect(decide(headers)).toBe("allowed");
  });

  it("is told apart for the answer's CORS headers", () => {
    const origin = "https://app.example";
    expect(guard.check(request({ ...HOST, origin }))).toEqual({
      allowed: true,
      foreignOrigin: origin,
    });
  });
});

describe("what is public", () => {
  const gateway = new Guard({
    host: "127.0.0.1",
    allowHosts: [],
    allowOrigins: [],
    publicReads: true,
  });
  gateway.listensOn(8080);
  const check = (...args: Parameters<typeof request>) => gateway.check(request(...args)).allowed;
  const foreign = { host: "127.0.0.1:8080", origin: "https://any.example" };

  it("may be read by any page, not changed, under our own names only", () => {
    expect(check({ ...foreign, "sec-fetch-site": "cross-site" })).toBe(true);
    expect(check(foreign, { method: "HEAD" })).toBe(true);
    expect(check(foreign, { method: "OPTIONS" })).toBe(true);
    expect(check(foreign, { method: "POST" })).toBe(false);
    expect(check({ ...foreign, upgrade: "websocket" })).toBe(false);
    expect(check({ ...foreign, host: "rebound.example:8080" })).toBe(false);
  });
});

describe("loopback", () => {
  it.each([
    "127.0.0.1",
    "127.255.255.254",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::ffff:127.0.0.1",
    "localhost",
  ])("is %s", (host) => expect(isLoopback(host)).toBe(true));
  it.each([
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "fe80::1",
    "example.org",
    "127.1",
    "localhost.evil.example",
  ])("is not %s", (host) => expect(isLoopback(host)).toBe(false));
});
