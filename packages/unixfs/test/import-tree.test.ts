import { setImmediate } from "node:timers/promises";

import { type AddedEntry, type CID, parseCid, type TreeEntry } from "@ipfs-kit/core";
import { discardingSink, importTree } from "@ipfs-kit/unixfs";
import { describe, expect, it } from "vitest";

import { TreeFolders } from "../src/tree-folders.ts";
import { allOf, each } from "./cars.ts";
import { heldBytes } from "./held-bytes.ts";

const MIB = 1024 * 1024;
const EMPTY_FOLDER = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";

async function* streamOf(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}

function file(path: string, content = path): TreeEntry {
  return { path, content: streamOf(content) };
}

async function add(
  entries: Iterable<TreeEntry>,
  options: Parameters<typeof importTree>[2] = {},
): Promise<AddedEntry[]> {
  return allOf(importTree(discardingSink, each(entries), options));
}

describe("a tree", () => {
  it("is told file by file as it comes, then its folders, the root last", async () => {
    const added = await add([
      file("site/css/main.css", "body {}"),
      file("site/index.html", "<p>"),
      { path: "site/empty" },
      { path: "site/latest", content: { symlink: "index.html" } },
    ]);
    expect(added.map(({ path, type, size }) => `${path} ${type} ${size}`)).toEqual([
      "site/css/main.css file 7",
      "site/index.html file 3",
      "site/latest symlink 10",
      "site/css directory 7",
      "site/empty directory 0",
      "site directory 10",
    ]);
    expect(added[0]?.mediaType).toBe("text/css");
    expect(added[4]?.cid.toString()).toBe(EMPTY_FOLDER);
  });

  it("takes one entry before it asks for the next", async () => {
    const log: string[] = [];
    async function* entries(): AsyncGenerator<TreeEntry> {
      for (const path of ["a", "b"]) {
        log.push(`asked for ${path}`);
        yield file(path);
      }
      log.push("ended");
    }
    for await (const { path } of importTree(discardingSink, entries())) log.push(`told ${path}`);
    expect(log).toEqual(["asked for a", "told a", "asked for b", "told b", "ended"]);
  });

  it("has several roots when several entries stand at the top", async () => {
    const added = await add([file("b/x"), file("c"), file("a/y"), { path: "d" }]);
    expect(added.map(({ path }) => path)).toEqual(["b/x", "c", "a/y", "b", "a", "d"]);
  });

  it("can be wrapped in a folder without a name", async () => {
    const [plain, wrapped] = await Promise.all(
      [false, true].map((wrap) => add([file("a/x"), file("b")], { wrap })),
    );
    expect(wrapped?.slice(0, -1)).toEqual(plain);
    expect(wrapped?.at(-1)).toMatchObject({ path: "", type: "directory", size: 4 });
    const folder = await add([file("around/a/x", "a/x"), file("around/b", "b")]);
    expect(folder.at(-1)?.cid).toEqual(wrapped?.at(-1)?.cid);
  });

  it("is nothing when nothing comes, or an empty folder when it is wrapped", async () => {
    expect(await add([])).toEqual([]);
    const [root] = await add([], { wrap: true });
    expect(root?.cid.toString()).toBe(EMPTY_FOLDER);
  });

  it("is the same in whatever order it comes, its folders given or not", async () => {
    const inOrder = [{ path: "t" }, { path: "t/b" }, file("t/b/2"), file("t/b/1"), file("t/a")];
    const anyOrder = [file("t/b/1"), { path: "t/b" }, file("t/a"), file("t/b/2")];
    const [first, second] = await Promise.all([add(inOrder), add(anyOrder)]);
    expect(second.at(-1)?.cid).toEqual(first.at(-1)?.cid);
  });

  it("keeps names apart that objects or normal forms would not", async () => {
    const names = ["__proto__", "constructor", "Caf\u00e9", "Cafe\u0301", "a\\", "A", "\uFFFD"];
    const added = await add(names.map((name) => file(`t/${name}`)));
    expect(added).toHaveLength(names.length + 1);
    expect(added.at(-1)?.size).toBe(
      names.reduce((sum, name) => sum + Buffer.byteLength(`t/${name}`), 0),
    );
  });

  it("tells how far each file is, once a chunk", async () => {
    const progress: string[] = [];
    const pieces = each(["12345", "678", "9", "ABC"].map((text) => Buffer.from(text)));
    const onProgress = (path: string, bytes: number) => progress.push(`${path} ${bytes}`);
    const entries = [{ path: "t/a", content: pieces }, file("t/b", "x")];
    await add(entries, { onProgress, chunkBytes: 6 });
    expect(progress).toEqual(["t/a 6", "t/a 12", "t/b 1"]);
  });
});

describe("a path of a tree", () => {
  it.each([
    ["without a name", ""],
    ["of a slash", "/"],
    ["that is absolute", "/etc/passwd"],
    ["with an empty part", "a//b"],
    ["with an empty end", "a/"],
    ["of a dot", "."],
    ["of two dots", ".."],
    ["that leads out", "../a"],
    ["that leads up", "a/../b"],
    ["with a dot in it", "a/./b"],
    ["with a NUL", "a\0b"],
    ["with half a surrogate pair", "half \uD800 pair"],
    ["with a name that is too long", "n".repeat(4097)],
    ["with a name of too many bytes", "é".repeat(2049)],
    ["that is too deep", Array.from({ length: 129 }, () => "d").join("/")],
  ])("%s is refused", async (_, path) => {
    for (const entry of [file(path), { path }, { path, content: { symlink: "x" } }]) {
      await expect(add([entry])).rejects.toMatchObject({ code: "invalid_request" });
    }
  });

  it.each<[string, TreeEntry[]]>([
    ["a file twice", [file("t/a"), file("t/a")]],
    ["a folder twice", [{ path: "t" }, { path: "t" }]],
    ["a folder over a file", [file("t/a"), { path: "t/a" }]],
    ["a file over a folder", [{ path: "t/a" }, file("t/a")]],
    ["a file over a folder that was only implied", [file("t/a/b"), file("t/a")]],
    ["a file in a file", [file("t/a"), file("t/a/b")]],
    ["a link over a file", [file("t/a"), { path: "t/a", content: { symlink: "x" } }]],
    ["a file in a link", [{ path: "t/a", content: { symlink: "x" } }, file("t/a/b")]],
  ])("is refused when there is %s", async (_, entries) => {
    await expect(add(entries)).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("is refused before the bytes are looked at, and the source is told to end", async () => {
    let ended = false;
    let looked = false;
    async function* content() {
      looked = true;
      yield* streamOf("bytes");
    }
    async function* entries(): AsyncGenerator<TreeEntry> {
      try {
        yield { path: "../up", content: content() };
      } finally {
        ended = true;
      }
    }
    const adding = allOf(importTree(discardingSink, entries()));
    await expect(adding).rejects.toMatchObject({ code: "invalid_request" });
    expect({ ended, looked }).toEqual({ ended: true, looked: false });
  });

  it.each([
    ["nothing", ""],
    ["a text too long for a path", "x".repeat(4097)],
    ["half a surrogate pair", "\uDC00"],
  ])("is no link to %s", async (_, symlink) => {
    const adding = add([{ path: "t/a", content: { symlink } }]);
    await expect(adding).rejects.toMatchObject({ code: "invalid_request" });
  });
});

describe("a large folder", () => {
  /** Different names whose murmur3-x64-64 is the same. */
  const TWINS = ["two names with one hash, first a", "xxxxxxxxx1954652WV- ~r9?fE#9GpA4"];

  it("cannot hold names that a HAMT cannot tell apart, and says so at once", async () => {
    const names = [
      ...TWINS,
      ...Array.from({ length: 3000 }, (_, index) => `${"n".repeat(90)}${index}`),
    ];
    const adding = add(names.map((name) => file(`t/${name}`, "")));
    await expect(adding).rejects.toMatchObject({ code: "invalid_request" });
    // A plain one can.
    expect(await add(TWINS.map((name) => file(`t/${name}`)))).toHaveLength(3);
  });

  it("of 100 000 files takes little memory for each, and lets others have their turn", async () => {
    const count = 100_000;
    let held = 0;
    async function* entries(): AsyncGenerator<TreeEntry> {
      const before = heldBytes();
      for (let index = 0; index < count; index += 1) yield file(`t/${index}.txt`, `${index % 50}`);
      held = heldBytes() - before;
    }
    let turns = 0;
    const ended = new AbortController();
    const others = (async () => {
      for (; !ended.signal.aborted; turns += 1) await setImmediate();
    })();
    let last: AddedEntry | undefined;
    for await (const entry of importTree(discardingSink, entries())) last = entry;
    ended.abort();
    await others;
    expect(last).toMatchObject({ path: "t", type: "directory" });
    expect(held).toBeLessThan(40 * MIB);
    expect(turns).toBeGreaterThan(count / 100);
  }, 60_000);

  it("has a limit", () => {
    const folders = new TreeFolders(3);
    folders.addFolder("a/b");
    folders.addLeaf("a/c");
    const refusal = expect.objectContaining({ code: "limit_exceeded" });
    expect(() => folders.addFolder("a/d")).toThrow(refusal);
    expect(() => folders.addLeaf("a/d")).toThrow(refusal);
  });
});

describe("adding a tree", () => {
  it("fails as the source of a file fails", async () => {
    const failing = {
      path: "t/b",
      content: (async function* () {
        yield* streamOf("begun");
        throw new Error("the upload broke off");
      })(),
    };
    await expect(add([file("t/a"), failing])).rejects.toThrow("the upload broke off");
  });

  it("fails as the sink fails", async () => {
    const sink = { put: async () => Promise.reject(new Error("no room")) };
    const adding = allOf(importTree(sink, each([file("t/a")])));
    await expect(adding).rejects.toThrow("no room");
  });

  it("refuses settings before it asks for anything", async () => {
    let asked = false;
    async function* entries(): AsyncGenerator<TreeEntry> {
      asked = true;
      yield file("a");
    }
    const adding = allOf(importTree(discardingSink, entries(), { chunkBytes: 0 }));
    await expect(adding).rejects.toMatchObject({ code: "invalid_request" });
    expect(asked).toBe(false);
  });

  it("ends with the signal, while it waits for an entry or for bytes", async () => {
    const waiting: AsyncIterable<never> = {
      [Symbol.asyncIterator]: () => ({ next: async () => new Promise(() => {}) }),
    };
    for (const entries of [waiting, each([{ path: "a", content: waiting }])]) {
      const controller = new AbortController();
      const { signal } = controller;
      const adding = allOf(importTree(discardingSink, entries, { signal }));
      await setImmediate();
      controller.abort();
      await expect(adding).rejects.toMatchObject({ code: "aborted" });
    }
  });

  it("ends with the signal between files and folders", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const told: string[] = [];
    const adding = (async () => {
      for await (const { path } of importTree(discardingSink, each([file("a/b/c")]), { signal })) {
        told.push(path);
        if (path === "a/b") controller.abort();
      }
    })();
    await expect(adding).rejects.toMatchObject({ code: "aborted" });
    expect(told).toEqual(["a/b/c", "a/b"]);
  });

  it("hands over each block once per time it is made, leaves before what links to them", async () => {
    const put: CID[] = [];
    const sink = { put: async (cid: CID) => void put.push(cid) };
    const added = await allOf(importTree(sink, each([file("t/a"), file("t/b")])));
    expect(put).toEqual(added.map(({ cid }) => cid));
    expect(parseCid(String(put[2]))).toEqual(added[2]?.cid);
  });
});
