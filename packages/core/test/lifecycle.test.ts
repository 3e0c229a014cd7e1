import { type Startable, startAll, stopAll } from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

const part = (name: string, log: string[], fails?: "start" | "stop"): Startable => ({
  start: async () => {
    if (fails === "start") throw new Error(`${name} does not start`);
    log.push(`+${name}`);
  },
  stop: async () => {
    log.push(`-${name}`);
    if (fails === "stop") throw new Error(`${name} does not stop`);
  },
});

describe("parts", () => {
  it("start in order and stop in reverse", async () => {
    const log: string[] = [];
    const parts = [part("store", log), part("server", log)];
    await startAll(parts);
    await stopAll(parts);
    expect(log).toEqual(["+store", "+server", "-server", "-store"]);
  });

  it("already started are stopped when one does not start", async () => {
    const log: string[] = [];
    const parts = [part("store", log), part("media", log), part("server", log, "start")];
    await expect(startAll(parts)).rejects.toThrow("server does not start");
    expect(log).toEqual(["+store", "+media", "-media", "-store"]);
  });

  it("are all stopped even when one fails to", async () => {
    const log: string[] = [];
    const parts = [part("store", log), part("server", log, "stop")];
    await expect(stopAll(parts)).rejects.toThrow(AggregateError);
    expect(log).toEqual(["-server", "-store"]);
  });
});
