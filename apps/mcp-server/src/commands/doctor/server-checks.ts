import { once } from "node:events";

import { IpfsKitError } from "@ipfs-kit/core";
import { type ComponentHealth, healthSchema, serverMessageSchema } from "@ipfs-kit/core/wire";
import { WebSocket } from "ws";

import type { RpcClient } from "../rpc-client.ts";
import { serverFacts } from "../server-facts.ts";
import { signalingOf } from "../stream/signaling.ts";
import { type Check, type CheckStatus, type Finding, ok } from "./check.ts";

/** Whether the server answers, and which version it is. */
export function serverCheck(server: RpcClient): Check {
  return {
    name: "server",
    deadlineMs: 10_000,
    look: async (signal) => {
      const { url, version, runtime } = await serverFacts(server, signal);
      return ok(`${version}${runtime === undefined ? "" : ` on ${runtime}`} at ${url}`);
    },
  };
}

const STATUS_OF: Readonly<Record<ComponentHealth["status"], CheckStatus>> = {
  ok: "ok",
  degraded: "warning",
  unavailable: "failed",
  disabled: "skipped",
};

/** What the server says of each of its parts. */
export function healthCheck(server: RpcClient): Check {
  return {
    name: "health",
    deadlineMs: 10_000,
    look: async (signal) => {
      // Something is wrong inside: that is what it tells.
      const answer = await server.json("health", { answers: [503], signal });
      const health = healthSchema.safeParse(answer);
      if (!health.success) {
        throw new IpfsKitError("unavailable", "Its health cannot be read: another version?");
      }
      return health.data.components.map(findingOf);
    },
  };
}

function findingOf(component: ComponentHealth): Finding & { name: string } {
  const { name, status, reason_code: reasonCode, reason = "" } = component;
  return {
    name: `health: ${name}`,
    status: STATUS_OF[status],
    ...(reasonCode !== undefined && { reasonCode }),
    reason: [status === "ok" ? "" : status, reason].filter((part) => part !== "").join(": "),
  };
}

/** Whether a WebSocket gets through, past every proxy between, and is greeted. */
export function socketCheck(server: RpcClient): Check {
  return {
    name: "websocket",
    deadlineMs: 10_000,
    advice: "A proxy before the server must pass on WebSocket upgrades of /ws/.",
    look: async (signal) => {
      const { url, WebSocket: Socket, refusal } = await signalingOf(server, signal);
      const socket = new Socket(url.href);
      if (!(socket instanceof WebSocket)) throw new TypeError("That is another kind of socket.");
      try {
        const [data] = await once(socket, "message", { signal });
        const message = serverMessageSchema.safeParse(JSON.parse(String(data)));
        if (message.success && message.data.type === "welcome")
          return ok(`greeted at ${url.pathname}`);
        throw new IpfsKitError("not_supported", "The WebSocket says something else than welcome.");
      } catch (error) {
        if (signal.aborted) throw error;
        throw refusal() ?? error;
      } finally {
        socket.terminate();
      }
    },
  };
}
