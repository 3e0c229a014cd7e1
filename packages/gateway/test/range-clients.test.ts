import { execFile, execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { MemoryBlocks } from "@ipfs-kit/content-memory";
import { seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { DagMaker } from "./support/dags.ts";
import { serveGateway, temporaryDirectory } from "./support/serve-gateway.ts";

const run = promisify(execFile);
const LEAF = 64 * 1024;

function isThere(program: string, flag: string): boolean {
  try {
    execFileSync(program, [flag], { stdio: "ignore" });
    return true;
  } catch {
    console.warn(`No ${program} found: how it reads ranges is not tested.`);
    return false;
  }
}

const hasCurl = isThere("curl", "--version");
const hasFfmpeg = isThere("ffmpeg", "-version") && isThere("ffprobe", "-version");

async function serveFile(bytes: Uint8Array) {
  const blocks = new MemoryBlocks();
  const file = await new DagMaker(blocks).file(bytes, LEAF);
  const url = `${await serveGateway({ blocks })}/ipfs/${file.cid.toString()}`;
  blocks.asked.length = 0;
  return { blocks, url, leaves: file.leaves.length };
}

describe.skipIf(!hasCurl)("curl", () => {
  const bytes = seededBytes(1_000_000, 31);

  it("goes on where a download had stopped", async () => {
    const { url } = await serveFile(bytes);
    const path = join(await temporaryDirectory(), "part");
    await writeFile(path, bytes.subarray(0, 333_333));
    await run("curl", ["-sS", "--fail", "-C", "-", "-o", path, url]);

    expect(new Uint8Array(await readFile(path))).toEqual(bytes);
  });

  it("gets several ranges at once, and one", async () => {
    const { url } = await serveFile(bytes);
    const options = { encoding: "buffer" as const };
    const several = await run("curl", ["-sS", "-r", "100-199,700000-700099", url], options);
    const last = await run("curl", ["-sS", "-r", "-100", url], options);

    expect(several.stdout.includes(Buffer.from(bytes.subarray(100, 200)))).toBe(true);
    expect(several.stdout.includes(Buffer.from(bytes.subarray(700_000, 700_100)))).toBe(true);
    expect(several.stdout.length).toBeLessThan(1_000);
    expect(new Uint8Array(last.stdout)).toEqual(bytes.subarray(-100));
  });
});

describe.skipIf(!hasFfmpeg)("ffprobe", () => {
  it("finds what stands at the end of a film without reading what is between", async () => {
    const path = join(await temporaryDirectory(), "film.mov");
    const source = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=2"];
    // Uncompressed, and its index behind everything else.
    await run("ffmpeg", [
      "-loglevel",
      "error",
      ...source,
      "-c:v",
      "rawvideo",
      "-pix_fmt",
      "uyvy422",
      path,
    ]);
    const { blocks, url, leaves } = await serveFile(new Uint8Array(await readFile(path)));
    const shown = ["-show_entries", "format=duration", "-of", "csv=p=0"];
    const { stdout } = await run("ffprobe", ["-loglevel", "error", ...shown, url]);

    expect(Number(stdout)).toBe(2);
    expect(leaves).toBeGreaterThan(200);
    expect(new Set(blocks.asked).size).toBeLessThan(leaves / 2);
  });
});
