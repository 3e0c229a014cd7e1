import { BlockList, isIP } from "node:net";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

const NAME = /^(?=.{1,253}$)[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*$/i;
const PORT = /^\d{1,5}$/;

type Result<T> = { value: T } | { allowed: string };

/** An address or name to listen on. */
export function readHost(text: string): Result<string> {
  return isIP(text) > 0 || NAME.test(text)
    ? { value: text }
    : { allowed: "give an IP address or a host name, without a port" };
}

/** `name`, `name:port`, `1.2.3.4`, `[::1]:port`, in the form a `Host` header has. */
export function readHostPattern(text: string): Result<string> {
  const lower = text.toLowerCase();
  const split = /^(?<name>\[[\da-f:.]+\]|[^:]+)(?::(?<port>\d+))?$/.exec(lower)?.groups;
  const { name = "", port } = split ?? {};
  const goodName = name.startsWith("[") ? isIP(name.slice(1, -1)) === 6 : NAME.test(name);
  const goodPort = port === undefined || (PORT.test(port) && Number(port) <= 65_535);
  const canonical = goodName ? asClientsWrite(name) : undefined;
  return canonical !== undefined && goodPort
    ? { value: port === undefined ? canonical : `${canonical}:${Number(port)}` }
    : {
        allowed:
          "give a name or address as a Host header has it, e.g. kit.example or [fd00::7]:8000",
      };
}

/** Exactly what a browser writes into `Origin`. */
export function readOrigin(text: string): Result<string> {
  const url = URL.parse(text);
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  return isOrigin && /^[^*]+$/.test(text) && text.replace(/\/$/, "").toLowerCase() === url.origin
    ? { value: url.origin }
    : { allowed: "give one exact origin such as https://app.example:8443; there is no wildcard" };
}

/** Whether only this machine can reach a listener on that address. */
export function isLoopback(host: string): boolean {
  if (host === "localhost") return true;
  const family = isIP(host);
  return family > 0 && LOOPBACK.check(host, family === 6 ? "ipv6" : "ipv4");
}

/** The host as it stands in a URL: IPv6 in brackets, "every address" as this machine. */
export function hostInUrl(host: string): string {
  const bracketed = isIP(host) === 6 ? `[${host}]` : host;
  const name = asClientsWrite(bracketed) ?? bracketed;
  if (name === "0.0.0.0") return "127.0.0.1";
  return name === "[::]" ? "[::1]" : name;
}

/** A name or address has many spellings; clients turn each into this one. */
function asClientsWrite(host: string): string | undefined {
  return URL.parse(`http://${host}/`)?.hostname;
}
