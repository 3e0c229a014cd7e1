import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { describeWithKubo, startKubo } from "@ipfs-kit/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { type CommandPair, startCommandPair } from "./support/command-pair.ts";
import { IpfsCommand } from "./support/ipfs-command.ts";

/** Every run starts a process, twice. */
vi.setConfig({ testTimeout: 30_000 });

let pair: CommandPair;

const lines = (stdout: string) => stdout.split("\n").toSorted();

/** Kubo pins the root of its mutable file system. */
const isNotMfs = (line: string) =>
  !line.startsWith("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn");

describeWithKubo("Kubo's own command gets from this server what it gets from Kubo", () => {
  beforeAll(async () => {
    pair = await startCommandPair();
  }, 60_000);

  afterAll(async () => {
    await pair?.[Symbol.asyncDispose]();
  });

  describe("byte for byte", () => {
    it.each([
      "add tree/a.txt",
      "add -q tree/big.bin",
      "add -Q tree/big.bin",
      "add -r tree",
      "add -r empty",
      "add -r wide",
      "add -w tree/a.txt tree/big.bin",
      "add -rw tree empty",
      "add -r tree tree/a.txt",
      "add a_b+c%20.txt",
      "add -n tree/a.txt",
      "add -rn tree",
      "add --raw-leaves=false tree/big.bin",
      "add --chunker=size-65536 tree/big.bin",
      "add --cid-version=1 tree/a.txt",
      "add --pin-name=greeting tree/sub/b",
      "add --cid-base=base36 tree/a.txt",
      "add --hash=sha2-256 tree/a.txt",
      "add --silent tree/a.txt",
      "add --pin=false -r empty",
      "cat $FILE",
      "cat $BIG",
      "cat $TREE/a.txt",
      "cat /ipfs/$TREE/sub/b",
      "cat /ipfs/$TREE/sub/deeper/ä_ö",
      "cat -o 2 -l 2 $FILE",
      "cat -o 1048570 -l 20 $BIG",
      "cat -o 4 $FILE $TREE/sub/b",
      "cat $TREE/link",
      "ls $TREE",
      "ls -v $TREE",
      "ls --size=false $TREE",
      "ls --resolve-type=false --size=false $TREE",
      "ls -s $TREE",
      "ls $TREE $TREE/sub",
      "ls $WIDE",
      "ls $BIG",
      "ls $FILE",
      "pin ls $TREE/a.txt",
      "pin ls $WIDE/file-7",
      "pin add $TREE/sub",
      "pin add -r=false $TREE/link",
      "pin ls -t direct",
      "pin add --progress $TREE",
      "pin add --name second $TREE/sub",
      "pin ls --names $TREE/sub",
      "pin ls -n secon",
      "pin rm $TREE/link",
      "pin update $TREE/sub $TREE/sub/deeper",
      "dag put node.json",
      "dag get $NODE",
      "dag get $NODE/b/0",
      "dag get $NODE/b/1",
      "dag get $TREE",
      "dag get $TREE/sub",
      "dag get --output-codec=dag-cbor $NODE",
      "dag resolve $NODE/b/0",
      "dag resolve $TREE/sub/b",
      "dag stat $TREE",
      "dag stat $TREE $FILE",
      "dag stat --progress=false $BIG",
      "dag export $TREE",
      "dag export $NODE",
      "dag export $WIDE",
      "dag import tree.car",
      "dag import --stats tree.car",
      "dag import --pin-roots=false node.car",
      "dag import --silent tree.car",
      "block put --mhtype=sha2-512 tree/a.txt",
      "block get $FILE",
      "block get $TREE",
      "block stat $TREE",
      "block rm -f $MISSING",
      "refs $TREE",
      "refs -r $TREE",
      "refs -re $TREE",
      "refs -ru $TREE",
      "refs -r --max-depth=1 $TREE",
      "refs --format=<src>:<dst>:<linkname> -r $TREE",
      "refs $BIG",
      "refs -r $NODE",
      "resolve /ipfs/$TREE/sub",
      "resolve /ipfs/$NODE/b/0",
      "files stat /ipfs/$TREE",
      "files stat /ipfs/$FILE",
      "files stat /ipfs/$TREE/link",
      "files stat --hash /ipfs/$TREE/sub",
    ])("ipfs %s", async (text) => {
      const { kubo: expected, us } = await pair.run(text);
      expect(expected.exitCode).toBe(0);
      expect(us).toEqual(expected);
    });

    it.each([
      ["add", "from a pipe"],
      ["add -w", "from a pipe"],
      ["add --stdin-name=piped.txt", "from a pipe"],
      ["dag put --store-codec=dag-json", '{"x":1}'],
      ["dag put --pin", '["z"]'],
      ["block put", "a block"],
      ["block put --format=v0", "\n\u0002\b\u0001"],
      ["block put --cid-codec=dag-pb --pin", "\n\u0002\b\u0001"],
    ])("ipfs %s, from a pipe", async (text, input) => {
      const { kubo: expected, us } = await pair.run(text, input);
      expect(expected.exitCode).toBe(0);
      expect(us).toEqual(expected);
    });

    it.each(["cat", "ls", "pin add"])("ipfs %s, its argument from a pipe", async (text) => {
      const { kubo: expected, us } = await pair.run(text, pair.argumentsOf("$TREE/a.txt").join(""));
      expect(expected.exitCode).toBe(0);
      expect(us).toEqual(expected);
    });

    it("gives the CIDs Kubo has always given for version 0", async () => {
      await using plain = await startKubo();
      const asItIs = new IpfsCommand({
        api: plain.api,
        folder: pair.theirs.folder,
        repo: plain.repo,
      });
      const expected = await asItIs.run(["add", "--pin=false", "-r", "tree", "wide"]);
      expect(
        await pair.ours.run(["add", "--cid-version=0", "--pin=false", "-r", "tree", "wide"]),
      ).toEqual(expected);
    });
  });

  describe("in an order of its own", () => {
    it.each(["dag import --stats tree.car node.car", "pin ls -t recursive -q"])(
      "ipfs %s",
      async (text) => {
        const { kubo: expected, us } = await pair.run(text);
        expect(expected.exitCode).toBe(0);
        expect(lines(us.stdout).filter(isNotMfs)).toEqual(lines(expected.stdout).filter(isNotMfs));
      },
    );
  });

  describe("on disk", () => {
    it.each([
      ["get -o whole $TREE", "whole"],
      ["get -o big $BIG", "big"],
      ["get -o linked $TREE/link", "linked"],
      ["get $TREE/sub", "sub"],
      ["get -o wide-got $WIDE", "wide-got"],
    ])("ipfs %s", async (text, name) => {
      const { kubo: expected, us } = await pair.run(text);
      expect(us).toEqual(expected);
      const [kubos, own] = await Promise.all(
        [pair.theirs, pair.ours].map(async (c) => listing(c, name)),
      );
      expect(kubos?.size).toBeGreaterThan(0);
      expect(own).toEqual(kubos);
    });

    it("ipfs get -C, -a, -aC", async () => {
      for (const text of [
        "get -C -o a.gz $FILE",
        "get -a -o t $TREE/sub",
        "get -aC -o t $TREE/sub",
      ]) {
        const { kubo: expected, us } = await pair.run(text);
        expect(us).toEqual(expected);
      }
      const file = gunzipSync(await readFile(join(pair.ours.folder, "a.gz")));
      expect(file.toString()).toBe("hello\n");
      const archive = await readFile(join(pair.ours.folder, "t.tar"));
      expect(archive.subarray(257, 262).toString()).toBe("ustar");
      // Made a moment later, and that is when its files were modified.
      const packed = gunzipSync(await readFile(join(pair.ours.folder, "t.tar.gz")));
      expect(packed.length).toBe(archive.length);
      expect(packed.includes("sub/deeper/")).toBe(true);
    });
  });

  describe("of this server itself", () => {
    it("ipfs version, swarm peers, repo stat", async () => {
      expect((await pair.ours.run(["version", "-n"])).stdout).toMatch(/^\d+\.\d+\.\d+/);
      expect(await pair.ours.run(["swarm", "peers"])).toMatchObject({ exitCode: 0, message: "" });
      const stat = (await pair.ours.run(["repo", "stat"])).stdout;
      expect(stat).toContain("memory");
      expect(Number(/RepoSize:\s+(\d+)/.exec(stat)?.[1])).toBeGreaterThan(3_000_000);
    });

    it("ipfs repo gc removes what nothing needs, and only that", async () => {
      const loose = await pair.ours.run(["block", "put"], "nobody needs this");
      const cid = loose.stdout.trim();
      const gone = (await pair.ours.run(["repo", "gc", "-q"])).stdout;
      expect(gone).toContain(cid);
      expect((await pair.ours.run(["block", "stat", cid])).exitCode).toBe(1);
      expect(
        (await pair.ours.run(pair.argumentsOf("dag stat --progress=false $TREE"))).exitCode,
      ).toBe(0);
      expect((await pair.ours.run(["repo", "gc"])).stdout).toBe("");
    });
  });
});

/** Names under a path, and what is there: the bytes of a file, the target of a link. */
async function listing({ folder: own }: IpfsCommand, name: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const path = join(own, name);
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => []);
  if (entries.length === 0) found.set(name, await contentOf(path));
  for (const entry of entries) {
    const inner = join(entry.parentPath, entry.name);
    found.set(inner.slice(own.length), entry.isDirectory() ? "/" : await contentOf(inner));
  }
  return found;
}

async function contentOf(path: string): Promise<string> {
  const target = await readlink(path).catch(() => undefined);
  return target ?? (await readFile(path)).toString("base64");
}
