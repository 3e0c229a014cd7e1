import { isIP } from "node:net";

type Result = { value: string } | { allowed: string };

/** A path; that it can be used is found out by whoever opens it. */
export function readFolder(text: string): Result {
  return readPath(text, "give the path of a folder");
}

/** As {@link readFolder}. */
export function readFile(text: string): Result {
  return readPath(text, "give the path of a file");
}

function readPath(text: string, allowed: string): Result {
  return text === "" || text.includes("\0") ? { allowed } : { value: text };
}

/** A first look; the store reads it closely. */
export function readKuboApi(text: string): Result {
  const isAddress = /^(?:https?:\/\/|\/(?:ip4|ip6|dns|dns4|dns6)\/)[!-~]+$/.test(text);
  // A name and password would be shown wherever the configuration is.
  return isAddress && !/^https?:\/\/[^/]*@/.test(text)
    ? { value: text }
    : {
        allowed:
          "give a URL such as http://127.0.0.1:5001, without name and password, or /ip4/127.0.0.1/tcp/5001",
      };
}

/** An address, or a network: `10.0.0.0/8`, `fd00::/8`. */
export function readNetwork(text: string): Result {
  const [address = "", bits, ...more] = text.split("/");
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  const goodBits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  return family > 0 && goodBits && more.length === 0
    ? { value: text.toLowerCase() }
    : { allowed: "give an IP address, or a network such as 10.0.0.0/8" };
}

/** Where libp2p listens. */
export function readListenAddress(text: string): Result {
  return /^\/(?:ip4|ip6|dns|dns4|dns6)\/[\w.:-]+\/(?:tcp|udp)\/\d{1,5}(?:\/[\w.:-]+)*$/.test(text)
    ? { value: text }
    : { allowed: "give a multiaddr such as /ip4/127.0.0.1/tcp/4001" };
}

/** The path of a URL, without a query. */
export function readUrlPath(text: string): Result {
  return /^(?:\/[\w.~-]+)+$/.test(text)
    ? { value: text }
    : { allowed: "give a path such as /metrics" };
}
