import { describe, expect, it } from "vitest";

import { extractCandidates, mayProbe } from "../src/session/candidate-policy.ts";

const candidate = (address: string, { transport = "udp", port = 40_000 } = {}) =>
  `candidate:1 1 ${transport} 2113937151 ${address} ${port} typ host generation 0 ufrag abcd`;

describe("a viewer's candidates", () => {
  it.each(["192.168.1.20", "10.1.2.3", "203.0.113.7", "2001:db8::1", "fd00::2"])(
    "%s may be probed",
    (address) => expect(mayProbe(candidate(address))).toBe(true),
  );

  it.each([
    "127.0.0.1",
    "127.1",
    "0.0.0.0",
    "0",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "169.254.169.254",
    "224.0.0.251",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "100.100.100.200",
    "fd00:ec2::254",
    "fe80::1",
    "ff02::1",
    "localhost",
    "metadata.google.internal",
    "b2f4c6d8-0a1b-4c2d-8e3f-405162738495.local",
    "[::1]",
    "127.0.0.1%eth0",
  ])("%s may not be probed", (address) => expect(mayProbe(candidate(address))).toBe(false));

  it("over TCP, to no port or as garbage are ignored", () => {
    expect(mayProbe(candidate("192.168.1.20", { transport: "tcp" }))).toBe(false);
    expect(mayProbe(candidate("192.168.1.20", { port: 0 }))).toBe(false);
    expect(mayProbe(candidate("192.168.1.20", { port: 70_000 }))).toBe(false);
    expect(mayProbe("")).toBe(false);
    expect(mayProbe("candidate:".repeat(100))).toBe(false);
  });

  it("in a description go the same way", () => {
    const lines = [
      "v=0",
      "m=video 9 UDP",
      `a=${candidate("10.0.0.1")}`,
      "a=end-of-candidates",
      "a=mid:0",
    ];
    expect(extractCandidates(lines.join("\r\n"))).toEqual({
      sdp: ["v=0", "m=video 9 UDP", "a=mid:0"].join("\r\n"),
      candidates: [candidate("10.0.0.1")],
    });
  });
});
