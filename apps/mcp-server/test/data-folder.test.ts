import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openDataFolder } from "../src/data-folder.ts";

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "ipfs-kit-test-"));
});
afterEach(async () => rm(parent, { recursive: true, force: true }));

const openAt = async (path: string) => openDataFolder({ path, temporary: false });

describe("a data folder", () => {
  it("is made with every folder above it and every room, once or again", async () => {
    const path = join(parent, "a", "b", "c");
    await openAt(path);
    const { content, renditions, scratch } = await openAt(path);
    for (const room of [content, renditions, scratch]) {
      expect((await stat(room)).isDirectory()).toBe(true);
    }
  });

  it.each(["content", "renditions", "scratch"])("is unusable when %s is a file", async (room) => {
    await writeFile(join(parent, room), "a file");
    await expect(openAt(parent)).rejects.toMatchObject({ code: "data_directory" });
  });

  it.runIf(process.platform === "linux")("is unusable where nothing can be made", async () => {
    await expect(openAt("/proc/no/such/place")).rejects.toMatchObject({ code: "data_directory" });
  });

  it("is unusable below a file", async () => {
    await writeFile(join(parent, "file"), "");
    await expect(openAt(join(parent, "file", "data"))).rejects.toMatchObject({
      code: "data_directory",
    });
  });
});
