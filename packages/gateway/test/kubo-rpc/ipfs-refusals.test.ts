import { describeWithKubo } from "@ipfs-kit/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { type CommandPair, startCommandPair } from "./support/command-pair.ts";

/** Every run starts a process, twice. */
vi.setConfig({ testTimeout: 30_000 });

let pair: CommandPair;

describeWithKubo("Kubo's own command is refused by this server what Kubo refuses", () => {
  beforeAll(async () => {
    pair = await startCommandPair();
  }, 60_000);

  afterAll(async () => {
    await pair?.[Symbol.asyncDispose]();
  });

  describe("a refusal with the same words", () => {
    it.each([
      "cat $TREE",
      "cat $TREE/nope",
      "ls $TREE/nope",
      "get -C $TREE",
      "pin ls $MISSING",
      "pin ls -t direct $TREE/a.txt",
      "pin ls -t nonsense",
      "pin rm $MISSING",
      "pin rm -r=false $FILE",
      "dag put --store-codec=nonsense node.json",
      "block put tree/big.bin",
      "block put --mhtype=nonsense node.json",
      "block put --cid-codec=nonsense node.json",
      "block rm $FILE",
      "block rm $MISSING",
      "add --chunker=nonsense tree/a.txt",
      "add --pin=false --pin-name=x tree/a.txt",
      "add --cid-version=2 tree/a.txt",
      "refs --edges --format=<src> $TREE",
      "pin update $MISSING $FILE",
      "pin update $TREE $FILE",
    ])("ipfs %s", async (text) => {
      const { kubo: expected, us } = await pair.run(text);
      expect(expected.exitCode).toBe(1);
      expect(us).toEqual(expected);
    });
  });

  describe("a refusal in words of our own", () => {
    it.each([
      // Kubo says where it looked; this server may have a store that looks elsewhere.
      [
        "cat $MISSING",
        /ipld: could not find bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy/,
      ],
      [
        "get $MISSING",
        /ipld: could not find bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy/,
      ],
      [
        "pin add $MISSING",
        /ipld: could not find bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy/,
      ],
      [
        "block stat $MISSING",
        /ipld: could not find bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy/,
      ],
      [
        "dag stat $MISSING",
        /ipld: could not find bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy/,
      ],
      [
        "dag export $MISSING",
        /ipld: could not find bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy/,
      ],
      // Kubo says which part of the syntax is not met.
      ["dag get $NODE/nope", /"nope"/],
      ["cat nonsense", /"nonsense" is not a usable CID/],
      ["pin add -r=false $TREE", /pinned recursively|recursive/],
      ["dag import cut.car", /CAR|archive|ends/i],
      ["dag import node.json", /CAR|archive/i],
      // Not a node of the network yet; Kubo, offline, has nobody either.
      ["swarm peers --help-me-not", /unknown option/],
      ["routing findprovs $FILE", /does not do "routing\/findprovs"/],
    ])("ipfs %s", async (text, words) => {
      const { kubo: expected, us } = await pair.run(text);
      expect(expected.exitCode).toBe(1);
      expect(us.exitCode).toBe(1);
      expect(us.stdout).toBe(expected.stdout);
      expect(us.message).toMatch(words);
    });
  });

  it("a file that lacks a part: what is there, then which block it is that is not", async () => {
    for (const client of [pair.theirs, pair.ours]) {
      const put = ["add", "-Q", "--pin=false", "--chunker=size-100000", "odd.bin"];
      const file = (await client.run(put)).stdout.trim();
      const refs = await client.run(["refs", file]);
      const lost = refs.stdout.split("\n")[4] ?? "";
      expect((await client.run(["block", "rm", lost])).exitCode).toBe(0);
      const { exitCode, stdout, message } = await client.run(["cat", file]);
      expect(exitCode).toBe(1);
      // Kubo says only that it failed.
      const words =
        client === pair.ours ? `ipld: could not find ${lost}` : "failed to fetch all nodes";
      expect(message).toContain(words);
      expect(stdout.length).toBeLessThanOrEqual(400_000);
      const archive = await client.run(["dag", "export", file]);
      expect(archive.exitCode).toBe(1);
      expect(archive.message).toContain(`ipld: could not find ${lost}`);
    }
  });

  describe("what this server has not", () => {
    it.each([
      ["id", /no peer id/],
      ["files mkdir /x", /does not do "files\/mkdir"/],
      ["files stat /", /no mutable file system/],
      ["name publish $FILE", /does not do "name\/publish"/],
      ["repo verify", /does not verify/],
      ["add --trickle tree/a.txt", /trickle=true is not supported/],
      ["add --to-files=/ tree/a.txt", /to-files/],
      ["ls /ipns/example.org", /IPNS/],
    ])("ipfs %s says so", async (text, words) => {
      const us = await pair.ours.run(pair.argumentsOf(text));
      expect(us.exitCode).toBe(1);
      expect(us.message).toMatch(words);
    });
  });
});
