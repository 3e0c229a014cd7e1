import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { access, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import {
  LONG,
  RECIPES,
  SHORT,
  type MediaFixtureName,
  type MediaRecipe,
} from "./media-fixtures-recipes.ts";

export { readFrameNumber } from "./media-fixtures-barcode.ts";
export type { MediaFixtureName } from "./media-fixtures-recipes.ts";

/** What is in a fixture. Sizes and rate are 0 when it has no picture. */
export interface MediaFixture {
  durationSeconds: number;
  width: number;
  height: number;
  fps: number;
  hasVideo: boolean;
  hasAudio: boolean;
}

/** Which program or library makes the files. */
export type MediaMaker = "ffmpeg" | "node-av";

const run = promisify(execFile);
const MAKE_DEADLINE_MS = 180_000;
const CACHE = fileURLToPath(
  new URL("../../../node_modules/.cache/ipfs-kit-media/", import.meta.url),
);

/** Every fixture, and what is in it. */
export const FIXTURES: Readonly<Record<MediaFixtureName, MediaFixture>> = {
  "webm-vp8-opus": describe("webm-vp8-opus"),
  "webm-vp9-opus": describe("webm-vp9-opus"),
  "webm-av1-opus": describe("webm-av1-opus"),
  "mp4-h264-baseline-opus": describe("mp4-h264-baseline-opus"),
  "mp4-phone": describe("mp4-phone"),
  "mp4-mpeg4-aac": describe("mp4-mpeg4-aac"),
  "avi-mpeg4-mp3": describe("avi-mpeg4-mp3"),
  "mov-h264-pcm": describe("mov-h264-pcm"),
  "ogg-opus": describe("ogg-opus"),
  "webm-vp8-long": describe("webm-vp8-long"),
  "mp4-h264-long": describe("mp4-h264-long"),
};

function describe(name: MediaFixtureName): MediaFixture {
  const { video, audio }: MediaRecipe = RECIPES[name];
  const { width, height, fps, durationSeconds } = name.endsWith("-long") ? LONG : SHORT;
  const hasVideo = video !== undefined;
  return {
    durationSeconds,
    width: hasVideo ? width : 0,
    height: hasVideo ? height : 0,
    fps: hasVideo ? fps : 0,
    hasVideo,
    hasAudio: audio !== undefined,
  };
}

const making = new Map<string, Promise<string>>();

/**
 * The path of a media file made for tests. Made on the first call and kept under
 * `node_modules/.cache`; processes may ask at the same time. Treat the file as read-only.
 *
 * Every picture carries the number of its frame: see `readFrameNumber`.
 *
 * @param options.maker - Insists on one maker. By default the ffmpeg program, else node-av.
 * @throws Error saying so when neither ffmpeg nor node-av is there.
 */
export async function mediaFixture(
  name: MediaFixtureName,
  { maker }: { maker?: MediaMaker } = {},
): Promise<string> {
  const recipe: MediaRecipe = RECIPES[name];
  const key = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 12);
  const suffix = maker === undefined ? "" : `-${maker}`;
  const path = join(CACHE, `${name}-${key}${suffix}.${recipe.extension}`);
  let file = making.get(path);
  if (file === undefined) {
    file = ensure(path, async (scratch) => {
      await make(name, scratch, maker ?? (await findMaker()));
    });
    making.set(path, file);
    file.catch(() => making.delete(path));
  }
  return file;
}

/** The path of the first `fraction` (0 to 1) of a fixture's bytes: a download that broke off. */
export async function truncatedFixture(name: MediaFixtureName, fraction: number): Promise<string> {
  const whole = await mediaFixture(name);
  const { size } = await stat(whole);
  const keep = Math.floor(size * fraction);
  return ensure(`${whole}.first-${keep}`, async (scratch) => {
    await using source = await open(whole);
    await using target = await open(scratch, "w");
    const bytes = Buffer.alloc(keep);
    await source.read(bytes, 0, keep, 0);
    await target.write(bytes);
  });
}

/** The maker that works here, if any: a test without one says why it is skipped. */
async function findMaker(): Promise<MediaMaker> {
  if (await works("ffmpeg", ["-hide_banner", "-version"])) return "ffmpeg";
  if (await works(process.execPath, ["--eval", 'await import("node-av")'])) return "node-av";
  throw new Error("No media to test with: neither the ffmpeg program nor the package node-av.");
}

async function works(program: string, args: string[]): Promise<boolean> {
  return run(program, args, { cwd: import.meta.dirname }).then(
    () => true,
    () => false,
  );
}

async function ensure(path: string, write: (scratch: string) => Promise<void>): Promise<string> {
  if (await isThere(path)) return path;
  await mkdir(CACHE, { recursive: true });
  const scratch = `${path}.${randomBytes(6).toString("hex")}.part`;
  try {
    await write(scratch);
    await rename(scratch, path);
  } finally {
    await rm(scratch, { force: true });
  }
  return path;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function make(name: MediaFixtureName, path: string, maker: MediaMaker): Promise<void> {
  if (maker === "ffmpeg") {
    await run("ffmpeg", ffmpegArguments(RECIPES[name], path), { timeout: MAKE_DEADLINE_MS });
    return;
  }
  const program = fileURLToPath(new URL("media-fixtures-node-av.ts", import.meta.url));
  await run(process.execPath, [program, name, path], {
    timeout: MAKE_DEADLINE_MS,
  });
}

function ffmpegArguments({ format, video, audio }: MediaRecipe, path: string): string[] {
  const parts = [
    { letter: "v", part: video },
    { letter: "a", part: audio },
  ].flatMap(({ letter, part }) => (part === undefined ? [] : [{ letter, ...part }]));
  return [
    "-nostdin",
    "-v",
    "error",
    "-y",
    ...parts.flatMap(({ source }) => ["-f", "lavfi", "-i", source]),
    ...parts.flatMap(({ letter }, index) => ["-map", `${index}:${letter}`]),
    ...parts.flatMap(({ letter, encoder, options }) =>
      Object.entries({ c: encoder, ...options }).flatMap(([name, value]) => [
        `-${name}:${letter}`,
        value,
      ]),
    ),
    "-f",
    format,
    path,
  ];
}
