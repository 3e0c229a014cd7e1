import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  type MetadataRecord,
  metadataPageSchema,
  metadataRecordSchema,
  problemSchema,
} from "@ipfs-kit/core/wire";
import { createServer, type IpfsKitServer } from "@ipfs-kit/mcp-server";
import { mediaFixture, truncatedFixture } from "@ipfs-kit/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { addFile } from "./support/add-file.ts";

let server: IpfsKitServer;

beforeAll(async () => {
  server = createServer({ port: 0, isolation: true });
  await server.start();
});

afterAll(async () => server.stop());

async function recordOf(cid: string, at = server): Promise<MetadataRecord> {
  return metadataRecordSchema.parse(await (await fetch(`${at.url}/api/v0/metadata/${cid}`)).json());
}

/** The record once its bytes were looked at. */
async function probed(cid: string, at = server): Promise<MetadataRecord> {
  await expect
    .poll(async () => (await recordOf(cid, at)).probe_status, { timeout: 20_000 })
    .not.toBe("pending");
  return recordOf(cid, at);
}

async function list(query: string, at = server) {
  const answer = await fetch(`${at.url}/api/v0/metadata?${query}`);
  return metadataPageSchema.parse(await answer.json());
}

const namesAt = async (at: IpfsKitServer) =>
  (await list("limit=10", at)).items.map(({ name }) => name);

async function change(cid: string, body: unknown, method = "PATCH"): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers = { "content-type": "application/json" };
  return fetch(`${server.url}/api/v0/metadata/${cid}`, { method, headers, body: text });
}

const post = async (path: string) => {
  const answer = await fetch(`${server.url}/api/v0/${path}`, { method: "POST" });
  await answer.text();
  expect(answer.status).toBe(200);
};

describe("metadata of what is added", { timeout: 60_000 }, () => {
  it("says what a film is, once it was looked at", async () => {
    const cid = await addFile(
      server,
      "film.webm",
      await readFile(await mediaFixture("webm-vp8-opus")),
    );
    const record = await probed(cid);
    expect(record).toMatchObject({
      cid,
      name: "film.webm",
      media_type: "video/webm",
      codecs: ["vp8", "opus"],
      probe_status: "done",
    });
    expect(record.duration_seconds).toBeGreaterThan(1);
    expect(record.width).toBeGreaterThan(0);
    expect((await list("media_type=video/*")).items).toContainEqual(record);
    expect((await list("media_type=audio/*")).items).toEqual([]);
  });

  it("says so when a film cannot be understood", async () => {
    const cut = await readFile(await truncatedFixture("mp4-mpeg4-aac", 0.4));
    const record = await probed(await addFile(server, "cut.mp4", cut));
    expect(record).toMatchObject({ probe_status: "failed", probe_reason_code: "corrupt_media" });
    expect(record).not.toHaveProperty("duration_seconds");
    const text = await probed(await addFile(server, "lie.mp4", "no film at all"));
    expect(text).toMatchObject({ probe_status: "failed", probe_reason_code: "not_media" });
  });

  it("looks at nothing that is no film", async () => {
    const cid = await addFile(server, "note.txt", "a note");
    expect(await recordOf(cid)).toMatchObject({ probe_status: "not_needed", version: 1 });
  });

  it("goes when the content is gone", async () => {
    const cid = await addFile(server, "gone.txt", "gone");
    await post(`pin/rm?arg=${cid}`);
    expect((await recordOf(cid)).cid).toBe(cid);
    await post("repo/gc");
    await expect
      .poll(async () => (await fetch(`${server.url}/api/v0/metadata/${cid}`)).status)
      .toBe(404);
  });

  it("is there for what is pinned by hand", async () => {
    const cid = await addFile(server, "unpinned.txt", "pinned later", "?pin=false");
    await post("repo/gc");
    const again = await addFile(server, "again.txt", "pinned later", "?pin=false");
    expect(again).toBe(cid);
    await post(`pin/add?arg=${cid}`);
    expect(await recordOf(cid)).toMatchObject({ size: 12 });
  });
});

describe("changing metadata", () => {
  it("is done by whoever has seen the last version", async () => {
    const cid = await addFile(server, "change.txt", "change me");
    const patched = await change(cid, { version: 1, tags: ["b", "a"] });
    expect(patched.status).toBe(200);
    expect(await patched.json()).toMatchObject({
      tags: ["a", "b"],
      name: "change.txt",
      version: 2,
    });
    const late = await change(cid, { version: 1, tags: [] });
    expect(late.status).toBe(409);
    expect(problemSchema.parse(await late.json())).toMatchObject({
      code: "invalid_state",
      details: { version: 2 },
    });
    const put = await change(cid, { version: 2, tags: ["only"] }, "PUT");
    const record: unknown = await put.json();
    expect(record).toMatchObject({ tags: ["only"], version: 3 });
    expect(record).not.toHaveProperty("name");
    expect((await list("tag=only")).items).toEqual([record]);
    expect((await list("tag=a")).items).toEqual([]);
  });

  it.each([
    ["no JSON", "{", 400, "invalid_request"],
    ["no version", { tags: [] }, 400, "invalid_request"],
    ["a tag of two lines", { version: 1, tags: ["a\nb"] }, 400, "invalid_request"],
    ["too much", JSON.stringify({ version: 1, x: "x".repeat(1_100_000) }), 413, "too_large"],
    ["nothing known of it", { version: 1 }, 404, "not_found"],
  ])("is refused for %s", async (_what, body, status, code) => {
    const unknown = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    const answer = await change(unknown, body);
    expect(answer.status).toBe(status);
    expect(problemSchema.parse(await answer.json()).code).toBe(code);
  });

  it("is not for POST, and not for what is no CID", async () => {
    const posted = await change("bafkqaaa", {}, "POST");
    expect([posted.status, posted.headers.get("allow")]).toEqual([
      405,
      "GET, HEAD, OPTIONS, PATCH, PUT",
    ]);
    expect((await change("nonsense", { version: 1 })).status).toBe(400);
  });
});

describe("listing metadata", () => {
  it("is in pages", async () => {
    for (let count = 0; count < 5; count += 1) await addFile(server, `page-${count}`, `${count}`);
    const first = await list("name=page-&limit=3");
    const rest = await list(`name=page-&limit=3&cursor=${first.next_cursor ?? ""}`);
    const names = [...first.items, ...rest.items].map(({ name }) => name);
    expect(names).toEqual(["page-4", "page-3", "page-2", "page-1", "page-0"]);
    expect(rest.next_cursor).toBeUndefined();
  });

  it.each([
    "limit=0",
    "limit=1001",
    "cursor=x",
    "media_type=video",
    "media_type=*/*",
    "min_size=-1",
    "max_size=big",
    "tag=",
    "name=",
  ])("is refused by %s", async (query) => {
    const answer = await fetch(`${server.url}/api/v0/metadata?${query}`);
    expect(answer.status).toBe(400);
    expect(problemSchema.parse(await answer.json()).code).toBe("invalid_request");
  });
});

describe("metadata of an old folder", { timeout: 60_000 }, () => {
  it("survives a restart, and is found out again from the pins when it is lost", async () => {
    const persistencePath = await mkdtemp(join(tmpdir(), "ipfs-kit-test-"));
    const run = async <T>(work: (at: IpfsKitServer) => Promise<T>): Promise<T> => {
      await using at = createServer({ port: 0, persistencePath });
      await at.start();
      return await work(at);
    };
    try {
      await run(async (at) => {
        for (const name of ["one", "two", "three"]) await addFile(at, name, name);
      });
      expect(await run(namesAt)).toEqual(["three", "two", "one"]);
      await rm(join(persistencePath, "metadata"), { recursive: true });
      await run(async (at) => {
        await expect.poll(async () => namesAt(at)).toEqual(["three", "two", "one"]);
        await addFile(at, "four", "four");
        expect(await namesAt(at)).toEqual(["four", "three", "two", "one"]);
      });
    } finally {
      await rm(persistencePath, { recursive: true });
    }
  });
});
