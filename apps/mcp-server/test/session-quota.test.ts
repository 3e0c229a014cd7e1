import { Emitter } from "@ipfs-kit/core";
import type { Session, SessionEvents, StreamingManager } from "@ipfs-kit/webrtc-streaming";
import { describe, expect, it } from "vitest";

import { SessionQuota } from "../src/ws/session-quota.ts";

const CID = "bafkqaaa";
const nothing = () => {
  throw new Error("not asked for here");
};

/** A session of which only the end matters. */
class EndingSession implements Session {
  readonly id = "1";
  readonly cid = CID;
  readonly state = "active";
  readonly createdAt = new Date();
  readonly tracks = [];
  readonly events = new Emitter<SessionEvents>();
  readonly offer = "";
  readonly answer = nothing;
  readonly addCandidate = nothing;
  readonly play = nothing;
  readonly pause = nothing;
  readonly seek = nothing;
  readonly stats = nothing;

  async close(): Promise<void> {
    this.events.emit("closed", {});
  }
}

const opening: Pick<StreamingManager, "open"> = { open: async () => new EndingSession() };

describe("the sessions of one address", () => {
  it("are limited over all its sockets; others have their own", async () => {
    const quota = new SessionQuota(opening, 2);
    const [tab, otherTab, neighbour] = [quota.of("a"), quota.of("a"), quota.of("b")];
    const first = await tab.open({ cid: CID });
    await otherTab.open({ cid: CID });
    await expect(tab.open({ cid: CID })).rejects.toMatchObject({ code: "limit_exceeded" });
    await neighbour.open({ cid: CID });
    await first.close();
    await otherTab.open({ cid: CID });
    await expect(tab.open({ cid: CID })).rejects.toMatchObject({ code: "limit_exceeded" });
  });

  it("do not count when they could not be opened", async () => {
    const failing = { open: async () => Promise.reject(new Error("no")) };
    const quota = new SessionQuota(failing, 1);
    await expect(quota.of("a").open({ cid: CID })).rejects.toThrow("no");
    await expect(quota.of("a").open({ cid: CID })).rejects.toThrow("no");
  });
});
