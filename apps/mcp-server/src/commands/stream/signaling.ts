import { errorCodeOf, IpfsKitError } from "@ipfs-kit/core";
import type { WebSocketConstructor } from "@ipfs-kit/webrtc-streaming/client";
import { WebSocket } from "ws";

import { UnreachableError } from "../command-exit.ts";
import { textAt } from "../json-fields.ts";
import type { RpcClient } from "../rpc-client.ts";

/** Where the signaling protocol is spoken. */
const PATH = "ws/webrtc";
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** How to open the signaling socket of a server. */
export interface SignalingAddress {
  url: URL;
  WebSocket: WebSocketConstructor;
  /** Why the server refused the upgrade, when it did. */
  refusal: () => IpfsKitError | undefined;
}

/**
 * Finds out how the WebSocket of a server is opened. With a token, a ticket is fetched for it, which is
 * good for one upgrade within half a minute; a server that knows no tickets gets the token itself.
 */
export async function signalingOf(
  server: RpcClient,
  signal: AbortSignal,
): Promise<SignalingAddress> {
  const { authorization } = server;
  const hasToken = Object.keys(authorization).length > 0;
  const ticket = hasToken ? await ticketFrom(server, signal) : undefined;
  const protocols = ticket === undefined ? [] : [SUBPROTOCOL, ticket];
  const headers = ticket === undefined ? authorization : {};
  let refused: IpfsKitError | undefined;
  return {
    url: socketUrl(server.url),
    WebSocket: class extends WebSocket {
      constructor(url: string) {
        super(url, protocols, { headers, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
        let isOpen = false;
        this.once("open", () => (isOpen = true));
        this.on("error", (error) => {
          if (!isOpen) refused ??= refusalIn(error, server);
        });
      }
    },
    refusal: () => refused,
  };
}

const SUBPROTOCOL = "ipfs-kit.v1";

async function ticketFrom(server: RpcClient, signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await server.object("ws-ticket", { signal });
    return textAt(answer, "subprotocol") ?? textAt(answer, "ticket");
  } catch (error) {
    if (errorCodeOf(error) === "not_found") return undefined;
    throw error;
  }
}

/** `https://kit.example/below/` is at `wss://kit.example/below/ws/webrtc`. */
function socketUrl(server: URL): URL {
  const url = new URL(PATH, server);
  url.protocol = server.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

/** The library tells the status in a sentence only. */
function refusalIn(error: Error, server: RpcClient): IpfsKitError {
  const status = /response: (\d{3})$/.exec(error.message)?.[1];
  if (status === undefined) return new UnreachableError(server.url.origin, error);
  if (status === "401") {
    return new IpfsKitError("unauthenticated", "The server wants a token for its WebSocket.");
  }
  return status === "403"
    ? new IpfsKitError("forbidden", "The server does not let you open its WebSocket.")
    : new IpfsKitError("unavailable", `The server answered its WebSocket with ${status}.`);
}
