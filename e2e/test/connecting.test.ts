import { mediaFixture } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { addFile } from "../support/http.ts";
import { type OpenOptions, openViewer } from "../support/page-viewer.ts";
import { useStage } from "../support/stage.ts";

/** In full: `CONNECTS=200`. */
const CONNECTS = Number(process.env["CONNECTS"] ?? 24);
const STALL_MS = 2_000;

const stage = useStage();

describe("many viewers in a row", () => {
  it(
    "all get a picture, whenever their candidates arrive",
    async () => {
      const cid = await addFile(stage.http, await mediaFixture("webm-vp8-opus"));
      const orders: OpenOptions["candidates"][] = ["at once", "after the answer"];
      const times: number[] = [];
      for (let index = 0; index < CONNECTS; index += 1) {
        const candidates = orders[index % orders.length] ?? "at once";
        const viewer = await openViewer(stage.page, { url: stage.url, cid, candidates });
        const { steps, error } = await viewer.evaluate((seen) => {
          seen.leave();
          return { steps: seen.steps, error: seen.error };
        });
        expect(error).toBeUndefined();
        times.push((steps["first frame"] ?? Infinity) - (steps["socket"] ?? 0));
      }
      const sorted = times.toSorted((a, b) => a - b);
      const at = (share: number) =>
        Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
      console.info(
        `request to first frame of ${CONNECTS}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms`,
      );
      expect(times.filter((time) => time > STALL_MS)).toEqual([]);
    },
    60_000 + CONNECTS * 2_000,
  );
});
