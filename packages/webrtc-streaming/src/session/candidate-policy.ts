import { BlockList, isIP } from "node:net";

/**
 * Addresses a viewer may not make this server send to: loopback, the link, everyone, no one, the
 * ways to write those in IPv6, and the well-known addresses of cloud metadata services. Checks from
 * the viewer's side still get through; then the viewer shows that it has that address.
 */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet("0.0.0.0", 8);
FORBIDDEN.addSubnet("127.0.0.0", 8);
FORBIDDEN.addSubnet("169.254.0.0", 16);
FORBIDDEN.addSubnet("224.0.0.0", 3);
FORBIDDEN.addSubnet("::", 96, "ipv6");
FORBIDDEN.addSubnet("64:ff9b::", 96, "ipv6");
FORBIDDEN.addSubnet("64:ff9b:1::", 48, "ipv6");
FORBIDDEN.addSubnet("2002::", 16, "ipv6");
FORBIDDEN.addSubnet("fe80::", 10, "ipv6");
FORBIDDEN.addSubnet("ff00::", 8, "ipv6");
FORBIDDEN.addAddress("100.100.100.200");
FORBIDDEN.addAddress("fd00:ec2::254", "ipv6");

/** `candidate:<foundation> <component> <transport> <priority> <address> <port> typ <type> …` (RFC 8839, 5.1). */
const CANDIDATE =
  /^(?:a=)?candidate:\S+ \d+ (?<transport>\S+) \d+ (?<address>\S+) (?<port>\d+) typ \w+/i;

/**
 * Whether a candidate of the far end may be probed. Names are never resolved: the `.local` ones of
 * browsers cost a lookup that often times out and the browser's own check arrives anyway; any other
 * name would let a viewer choose what this server looks up.
 */
export function mayProbe(candidate: string): boolean {
  const groups = CANDIDATE.exec(candidate)?.groups;
  if (groups === undefined || groups["transport"]?.toLowerCase() !== "udp") return false;
  const address = groups["address"] ?? "";
  const port = Number(groups["port"]);
  const family = isIP(address);
  if (family === 0 || port < 1 || port > 65_535) return false;
  return !FORBIDDEN.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** Takes the candidates out of a session description, so that they pass {@link mayProbe} like all others. */
export function extractCandidates(sdp: string): { sdp: string; candidates: string[] } {
  const lines = sdp.split(/\r?\n/);
  return {
    sdp: lines.filter((line) => !/^a=(?:candidate:|end-of-candidates)/.test(line)).join("\r\n"),
    candidates: lines
      .filter((line) => line.startsWith("a=candidate:"))
      .map((line) => line.slice("a=".length)),
  };
}
