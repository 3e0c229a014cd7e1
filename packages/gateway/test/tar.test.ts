import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { MemoryBlocks } from "@ipfs-kit/content-memory";
import { createGateway } from "@ipfs-kit/gateway";
import { seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { DagMaker, type Made } from "./support/dags.ts";
import { bytesOf, rawRequest, serveGateway, temporaryDirectory } from "./support/serve-gateway.ts";

const run = promisify(execFile);

function fresh() {
  const blocks = new MemoryBlocks();
  return { blocks, dags: new DagMaker(blocks), gateway: createGateway({ blocks }) };
}

const tarOf = async ({ gateway }: ReturnType<typeof fresh>, { cid }: Made): Promise<Response> =>
  gateway.request(`/ipfs/${cid.toString()}?format=tar`);

/** Unpacks with the system's tar; answers where. */
async function unpack(answer: Response): Promise<string> {
  const directory = await temporaryDirectory();
  const archive = join(directory, "archive.tar");
  const into = join(directory, "into");
  await writeFile(archive, await bytesOf(answer));
  await mkdir(into);
  await run("tar", ["-xf", archive, "-C", into]);
  return into;
}

describe("a tar", () => {
  it("unpacks into the tree it was made of", async () => {
    const made = fresh();
    const { dags } = made;
    const long = `${"long-".repeat(30)}ź.txt`;
    const big = seededBytes(100_000, 2);
    const inner = await dags.directory({
      [long]: await dags.raw("long"),
      link: await dags.symlink("../b.bin"),
      empty: await dags.directory({}),
    });
    const root = await dags.directory({
      ą: inner,
      "b.bin": await dags.file(big, 10_000),
      zero: await dags.raw(""),
    });
    const answer = await tarOf(made, root);
    const cid = root.cid.toString();

    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/x-tar",
      "content-disposition": expect.stringContaining(`attachment; filename="${cid}.tar"`),
      etag: `W/"${cid}.x-tar"`,
    });
    const top = join(await unpack(answer), cid);
    expect((await readdir(top, { recursive: true })).toSorted()).toEqual(
      ["b.bin", "zero", "ą", "ą/empty", "ą/link", `ą/${long}`].toSorted(),
    );
    expect(new Uint8Array(await readFile(join(top, "b.bin")))).toEqual(big);
    expect(await readFile(join(top, "ą", long), "utf8")).toBe("long");
    expect(await readlink(join(top, "ą", "link"))).toBe("../b.bin");
  });

  it("of a file is that file, under its CID", async () => {
    const made = fresh();
    const file = await made.dags.raw("alone");
    const top = await unpack(await tarOf(made, file));

    expect(await readFile(join(top, file.cid.toString()), "utf8")).toBe("alone");
  });

  it("follows odd names as far as they stay inside", async () => {
    const made = fresh();
    const { dags } = made;
    const directory = await dags.directory({ "../file": await dags.raw("inside") });
    const root = await dags.directory({ foobar: await dags.directory({ directory }) });
    const top = await unpack(await tarOf(made, root));

    expect(await readFile(join(top, root.cid.toString(), "foobar/file"), "utf8")).toBe("inside");
  });

  it.each([
    "../foo",
    "..",
    ".",
    "a/../..",
    "a/../../b",
    "/../etc/passwd",
    "..\\..\\evil",
    "a\\..\\..\\..\\evil",
  ])("of a folder with the name %j is refused", async (name) => {
    const made = fresh();
    const root = await made.dags.links([[name, await made.dags.raw("x")]]);

    expect((await tarOf(made, root)).status).toBe(400);
  });

  it.each(["nul\0", ""])("of a folder with an entry %j, which none can be, fails", async (name) => {
    const made = fresh();
    const root = await made.dags.links([[name, await made.dags.raw("x")]]);

    expect((await tarOf(made, root)).status).toBe(422);
  });

  it.each(["/etc/passwd", "../x", "a/../../x", "./../x", "C:\\x", "\\x", "..\\x", "x\0"])(
    "of a folder with a link to %j is refused",
    async (target) => {
      const made = fresh();
      const root = await made.dags.directory({ link: await made.dags.symlink(target) });

      expect((await tarOf(made, root)).status).toBe(400);
    },
  );

  it.each([
    { first: "./a", second: "a" },
    { first: "A", second: "a" },
    { first: "a", second: "a/b" },
    { first: "fi", second: "ﬁ" },
  ])("never writes through a link: $first, then $second", async ({ first, second }) => {
    const made = fresh();
    const { dags } = made;
    const folder = await dags.directory({ x: await dags.raw("x") });
    const root = await dags.links([
      [first, await dags.symlink("b")],
      [second, folder],
    ]);

    expect((await tarOf(made, root)).status).toBe(400);
  });

  it.each([
    { link: "AΣ", file: "aσ", what: "by the two small forms of a letter" },
    { link: "link", file: "li\u200dnk", what: "by a character nobody sees" },
    { link: "LINK", file: "link.. ", what: "by dots and spaces that Windows drops" },
  ])("writes nothing through a link that is named otherwise $what", async ({ link, file }) => {
    const made = fresh();
    const root = await made.dags.links([
      [link, await made.dags.symlink("elsewhere")],
      [file, await made.dags.directory({ x: await made.dags.raw("x") })],
    ]);

    expect((await tarOf(made, root)).status).toBe(400);
  });

  it("that turns out not to be one after its first thousand entries is cut", async () => {
    const { blocks, dags } = fresh();
    const file = await dags.raw("x");
    const good = Array.from(
      { length: 1_500 },
      (_, i) => [`f${String(i).padStart(5, "0")}`, file] as const,
    );
    const root = await dags.links([...good, ["z/../../../z", file]]);
    const address = await serveGateway({ blocks });
    const answer = await rawRequest(address, `/ipfs/${root.cid.toString()}?format=tar`);

    expect(answer.head).toContain("200 OK");
    expect(answer.error).toBe("ECONNRESET");
  });

  it("of a tree that would not end does end, in an error", { timeout: 60_000 }, async () => {
    const made = fresh();
    let folder = await made.dags.directory({});
    for (let level = 0; level < 60; level += 1) {
      const twice = { ...folder, dagSize: 0 };
      folder = await made.dags.directory({ a: twice, b: twice });
    }
    const answer = await tarOf(made, { ...folder, dagSize: 0 });

    await expect(bytesOf(answer)).rejects.toMatchObject({ code: "limit_exceeded" });
  });

  it("of what cannot be one is not acceptable", async () => {
    const made = fresh();
    const cid = await made.dags.cbor({ a: 1 });

    expect((await tarOf(made, { cid, size: 0, dagSize: 0 })).status).toBe(406);
  });
});
