import { fieldAt, textAt } from "../json-fields.ts";
import type { RpcClient } from "../rpc-client.ts";

/** Where the gateway of a server is, as it says; `undefined` when it has none. */
export async function gatewayUrlOf(
  server: RpcClient,
  signal: AbortSignal,
): Promise<URL | undefined> {
  const capabilities = await server.json("capabilities", { signal });
  return URL.parse(textAt(fieldAt(capabilities, "gateway"), "url") ?? "") ?? undefined;
}
