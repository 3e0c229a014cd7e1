import { ERROR_CODES } from "@ipfs-kit/core";
import type { PinList, PinRow } from "@ipfs-kit/core/wire";
import { describe, expect, it } from "vitest";

import { problemError } from "../src/connection/http.ts";
import { adviceFor } from "../src/errors/advice.ts";
import { sortOf } from "../src/pages/content/list/playability.ts";
import { appendPage } from "../src/pages/content/list/read-pins.ts";
import { describePreparing } from "../src/pages/content/player/describe-preparing.ts";
import { describeStats } from "../src/pages/content/player/describe-stats.ts";

const row = (cid: string): PinRow => ({ cid, size: 1, pinned_at: "2026-11-21T10:00:00Z" });

describe("the list of content", () => {
  it("offers to play all that may be audio or video", () => {
    expect(sortOf("video/mp4")).toBe("video");
    expect(sortOf("audio/ogg")).toBe("audio");
    expect([undefined, "", "application/octet-stream"].map(sortOf)).toEqual(
      Array.from({ length: 3 }, () => "unknown"),
    );
    expect(["text/plain", "image/png", "videos"].map(sortOf)).toEqual(["other", "other", "other"]);
  });

  it("shows a row once when pages overlap, and ends with the last page", () => {
    const first: PinList = { pins: [row("a"), row("b")], next_cursor: "2" };
    expect(appendPage(first, { pins: [row("b"), row("c")] })).toEqual({
      pins: [row("a"), row("b"), row("c")],
    });
  });
});

describe("what is said", () => {
  it("names format, codecs and rate as far as they are known", () => {
    const totals = { bytesReceived: 1, packetsLost: 0 };
    expect(
      describeStats({
        ...totals,
        video: { width: 640, height: 360, codec: "VP8" },
        audio: { codec: "opus" },
        bitsPerSecond: 1_200_000,
      }),
    ).toBe("640×360 · VP8 + Opus · 1.2 Mb/s");
    expect(describeStats({ ...totals, video: {} })).toBe("");
  });

  it("tells how far a conversion is", () => {
    const detail = "mpeg4 → h264";
    expect(describePreparing({ cid: "x", detail, percent: 42.9 })).toBe(
      "Preparing: mpeg4 → h264, 42 %",
    );
    expect(describePreparing({ cid: "x", detail })).toBe("Preparing: mpeg4 → h264");
  });

  it("has advice for every code", () => {
    for (const code of ERROR_CODES) expect(adviceFor(code).title).not.toBe("");
  });

  it("reads problems, and does without when a proxy answers in its own words", () => {
    const problem = {
      type: "about:blank",
      title: "Insufficient Storage",
      status: 507,
      detail: "Full.",
      code: "storage_full",
    };
    expect(problemError(507, JSON.stringify(problem))).toMatchObject({
      code: "storage_full",
      message: "Full.",
    });
    expect(problemError(502, "<html>")).toMatchObject({ code: "unavailable" });
    expect(problemError(404, "")).toMatchObject({ code: "not_supported" });
  });
});
