import { errorCodeOf, IpfsKitError } from "@ipfs-kit/core";

import { textAt } from "./json-fields.ts";
import type { RpcClient } from "./rpc-client.ts";

/** What a server says of itself. */
export interface ServerFacts {
  url: string;
  version: string;
  /** Absent when it does not tell, as Kubo. */
  runtime?: string | undefined;
}

/** Asks a server who it is. */
export async function serverFacts(server: RpcClient, signal: AbortSignal): Promise<ServerFacts> {
  // POST, as Kubo wants it.
  const answer = await server.object("version", { signal });
  const version = textAt(answer, "version") ?? textAt(answer, "Version");
  if (version === undefined) {
    throw new IpfsKitError(
      "unavailable",
      `${server.url.origin} answers, but is no IPFS Kit server.`,
    );
  }
  return { url: server.url.href, version, runtime: textAt(answer, "runtime") };
}

/**
 * Turns "nothing at this path" into what it means: this server cannot do that.
 *
 * @param what begins the sentence, e.g. `"Events"`
 * @throws IpfsKitError `not_supported`; whatever else it was, as it was
 */
export async function offered<T>(
  { server, signal }: { server: RpcClient; signal: AbortSignal },
  what: string,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const code = errorCodeOf(error);
    if (code !== "not_found" && code !== "not_supported" && code !== "method_not_allowed") {
      throw error;
    }
    const { url, version } = await serverFacts(server, signal);
    throw new IpfsKitError(
      "not_supported",
      `${what}: the server at ${url} (version ${version}) does not offer this yet.`,
      { cause: error },
    );
  }
}
