import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { findTranscoder } from "@ipfs-kit/webrtc-streaming";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { demoContent } from "../src/commands/demo/test-content.ts";
import { runIpfsKit } from "./support/ipfs-kit.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const HAS_TRANSCODER = (await findTranscoder()) !== undefined;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-demo-test-"));
});

afterAll(async () => rm(folder, { recursive: true, force: true }));

describe("demo", { timeout: 60_000 }, () => {
  it.skipIf(process.platform === "win32")(
    "serves something to see until Ctrl-C, and leaves nothing",
    async () => {
      const child = spawn(
        process.execPath,
        ["--conditions=@ipfs-kit/source", MAIN, "demo", "--json"],
        { env: { ...process.env, TMPDIR: folder }, stdio: ["ignore", "pipe", "inherit"] },
      );
      const exited = once(child, "exit");
      try {
        const [line] = await once(createInterface(child.stdout), "line");
        const ready: unknown = JSON.parse(String(line));
        expect(ready).toMatchObject({ event: "ready", is_video: HAS_TRANSCODER });
        const read = (name: string) => String(Reflect.get(Object(ready), name));
        const content = await fetch(read("content"));
        expect(content.status).toBe(200);
        expect(await (await fetch(`${read("http")}/api/v0/pins`)).text()).toContain(read("cid"));
        const played = await runIpfsKit(["stream", read("cid"), "-s", "1"], { url: read("http") });
        expect(played.code).toBe(HAS_TRANSCODER ? 0 : 1);
      } finally {
        child.kill("SIGINT");
      }
      const [code] = await exited;
      expect(code).toBe(0);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it("adds a text where nothing can make a video, and says so", async () => {
    const content = await demoContent(undefined, new AbortController().signal);
    expect(content).toMatchObject({ name: "hello.txt", isVideo: false });
    expect(Buffer.from(content.bytes).toString()).toContain("no transcoder");
  });

  it.skipIf(!HAS_TRANSCODER).each(["ffmpeg", "node-av"] as const)(
    "makes its video with %s, where that is there",
    async (use) => {
      const transcoder = await findTranscoder({ use, scratchDirectory: folder });
      const content = await demoContent(transcoder, new AbortController().signal);
      expect(content.isVideo).toBe(transcoder !== undefined);
      expect(Buffer.from(content.bytes).includes("ftyp")).toBe(transcoder !== undefined);
    },
  );
});
