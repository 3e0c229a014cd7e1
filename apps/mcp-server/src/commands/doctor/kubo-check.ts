import { createKuboStore } from "@ipfs-kit/content-kubo";
import { UnavailableError } from "@ipfs-kit/core";

import { type Check, ok } from "./check.ts";

/** Whether the Kubo daemon that is configured can be used. */
export function kuboCheck(api: string | undefined): Check {
  return {
    name: "kubo",
    deadlineMs: 15_000,
    advice: "Start the daemon, or correct --kubo-api.",
    look: async () => {
      await using store = createKuboStore({
        ...(api !== undefined && { api }),
        requireReachable: true,
      });
      await store.start();
      const { state, version = "?", reason_code: reasonCode } = store.health();
      if (state === "ok") return ok(`Kubo ${version}`);
      if (state === "unavailable") throw new UnavailableError("Kubo cannot be used.");
      return { status: "warning", reasonCode, reason: `Kubo ${version} answers, not well.` };
    },
  };
}
