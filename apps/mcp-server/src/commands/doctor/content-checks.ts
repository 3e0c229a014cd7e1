import { IntegrityError, IpfsKitError } from "@ipfs-kit/core";

import { isLoopback } from "../../edge/names.ts";
import type { RpcClient } from "../rpc-client.ts";
import { receiveContent } from "../stream/receive-content.ts";
import { type Check, ok, skipped } from "./check.ts";
import { gatewayUrlOf } from "./gateway-url.ts";
import type { TestContent } from "./test-content.ts";

const PLAYED_SECONDS = 2;
const SILENCE_MS = 5_000;

/** Plays a sound through the server into this process: ICE, DTLS, SRTP, and media that arrives. */
export function webrtcCheck(server: RpcClient, content: TestContent): Check {
  return {
    name: "webrtc",
    deadlineMs: 45_000,
    advice: (code) =>
      code === "connection_failed" || code === "timeout"
        ? "A firewall may block UDP between this machine and the server."
        : undefined,
    look: async (signal) => {
      const cid = await content.addSound(signal);
      let packets = 0;
      let connectMs = 0;
      await receiveContent({
        server,
        cid,
        seconds: PLAYED_SECONDS,
        idleMs: SILENCE_MS,
        signal,
        onReport: async (report) => {
          connectMs = Math.round(report.connectMs);
          packets = report.tracks.reduce((sum, track) => sum + track.packets, 0);
        },
      });
      if (packets === 0) throw new IpfsKitError("connection_failed", "No media arrived.");
      return ok(`connected in ${connectMs} ms, ${packets} packets in ${PLAYED_SECONDS} s`);
    },
  };
}

/** Fetches the random bytes from the gateway. */
export function gatewayCheck(server: RpcClient, content: TestContent): Check {
  return {
    name: "gateway",
    deadlineMs: 15_000,
    look: async (signal) => {
      const url = await gatewayUrlOf(server, signal);
      if (url === undefined) return skipped("switched_off", "The server has no gateway.");
      const { random } = content;
      if (random === undefined) return skipped("nothing_added", "There is nothing to fetch.");
      if (isLocal(url) && !isLocal(server.url)) {
        return skipped("not_reachable", `${url.origin} is reached on the server's machine only.`);
      }
      const response = await fetch(new URL(`ipfs/${random.cid}`, url), { signal });
      const body = Buffer.from(await response.arrayBuffer());
      if (response.status !== 200) {
        throw new IpfsKitError("unavailable", `${url.origin} answered ${response.status}.`);
      }
      if (!body.equals(random.bytes)) {
        throw new IntegrityError(`${url.origin} gave other bytes than were added.`);
      }
      return ok(`${url.origin} serves what was added`);
    },
  };
}

function isLocal({ hostname }: URL): boolean {
  return isLoopback(hostname.replaceAll(/^\[|\]$/g, ""));
}
