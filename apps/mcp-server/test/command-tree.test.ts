import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { describe, expect, it } from "vitest";

import { type Place, wordsOf } from "../src/commands/completions/command-words.ts";
import { flagsOf } from "../src/commands/common-flags.ts";
import { isCommand } from "../src/commands/find-command.ts";
import { manualPage } from "../src/commands/manual-page.ts";
import { TREE } from "../src/commands/tree.ts";
import { nearestOf } from "../src/nearest.ts";
import { runIpfsKit } from "./support/ipfs-kit.ts";
import { hasProgram } from "./support/has-program.ts";

const run = promisify(execFile);
const [HAS_MANDOC, HAS_MAN] = [await hasProgram("mandoc"), await hasProgram("man")];
const NOBODY = "http://127.0.0.1:1";
const PLACES = wordsOf(TREE);
const keysOf = (places: readonly Place[]) =>
  places.map(({ key }) => key).filter((key) => key !== "");

const ipfsKit = async (...args: string[]) => runIpfsKit(args, { url: NOBODY });

describe("the command tree", () => {
  it("has every command that is promised, each name once", () => {
    const promised =
      "serve add cat ls get pin stream transfer events stats connections doctor demo token config version completions";
    const keys = keysOf(PLACES);
    expect(keys).toEqual(expect.arrayContaining(promised.split(" ")));
    expect(new Set(keys).size).toBe(keys.length);
    for (const { node } of PLACES) {
      const names = (node.subcommands ?? []).flatMap(({ name, aliases = [] }) =>
        [name].concat(aliases),
      );
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it("has a letter for one flag of a command only, and --json on each that does something", () => {
    for (const { node } of PLACES.filter((place) => isCommand(place.node))) {
      const flags = flagsOf(node);
      const letters = Array.from(flags.values(), ({ short }) => short).filter((short) => short);
      expect(new Set(letters).size).toBe(letters.length);
      expect(Array.from(flags.keys())).toContain("json");
    }
  });

  it.each(keysOf(PLACES.filter(({ node }) => node.name !== "serve")))(
    "explains %s and its flags, by --help and by help",
    async (key) => {
      const words = key.split(" ");
      const [asked, helped] = [await ipfsKit(...words, "--help"), await ipfsKit("help", ...words)];
      expect([asked.code, helped.code]).toEqual([0, 0]);
      expect(helped.stdout.equals(asked.stdout)).toBe(true);
      const text = asked.stdout.toString();
      const node = PLACES.find((place) => place.key === key)?.node ?? TREE;
      const below = node.subcommands?.map(({ name }) => `  ${name} `);
      const flags = Array.from(flagsOf(node).keys(), (flag) => `--${flag}`);
      for (const part of below ?? flags) expect(text).toContain(part);
      expect(Math.max(...text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(100);
    },
  );
});

describe("a wrong command line", () => {
  it.each([
    ["pin ad x", /^ipfs-kit pin: .*"pin ad".*add\?/],
    ["pin", /^ipfs-kit pin: .*add, rm, ls/],
    ["pin --json", /add, rm, ls/],
    ["config profil list", /"config profil".*profile\?/],
    ["add --jsno x", /"--jsno".*--json\?/],
    ["add -x y", /"-x".*--wrap/],
    ["stats --watch", /--watch needs a value: <seconds>/],
    ["stats --watch=", /--watch needs a value/],
    ["stats --watch --json", /--watch needs a value/],
    ["stats --watch never", /--watch "never".*1 to 3600/],
    ["stats --watch 0", /--watch "0".*1 to 3600/],
    ["stats now", /"now" is too much.*ipfs-kit stats/],
    ["stats --json=yes", /--json "yes" is not allowed: give 1 or true, 0 or false/],
    ["pin ls --type recursiv", /--type "recursiv".*recursive, direct.*recursive\?/],
    ["add --cid-version 7 x", /--cid-version "7".*0, 1/],
    ["cat", /ipfs-kit cat <cid>/],
    ["stat --server ftp://x bafkqaaa", /--server "ftp:\/\/x".*http:\/\//],
    ["stats --server http://me:pass@x", /must not carry a name or password/],
    ["stats --timeout-seconds 0", /--timeout-seconds "0".*1 to 3600/],
    ["stats --server http://x --profile y", /--server and --profile exclude/],
    ["stream bafkqaaa --kind pictures", /--kind "pictures".*av, video, audio/],
    ["stream bafkqaaa --seconds 1h", /--seconds "1h".*1 to 86400/],
    ["completions tcsh", /"tcsh".*bash, zsh, fish/],
    ["completions zhs", /zsh\?/],
    ["help pni", /"pni".*pin\?/],
    ["config print --port http", /--port "http".*0 to 65535/],
    ["config profile add ../x http://x", /letters, digits/],
    ["config profile add x nowhere", /"nowhere".*http:\/\//],
  ])("%s: ends with 2 and one line that says what is allowed", async (line, why) => {
    const { code, stdout, stderr } = await ipfsKit(...line.split(" "));
    expect([code, stdout.toString()]).toEqual([2, ""]);
    expect(stderr).toMatch(why);
    expect(stderr).toMatch(/^[^\n]+\n$/);
  });

  it("is told to programs as an object", async () => {
    const { code, stderr } = await ipfsKit("stats", "--json", "--watch", "0");
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "invalid_request" } });
  });

  it("cannot steer the terminal", async () => {
    const { stderr } = await ipfsKit("pin", "\u001B[2J");
    expect(stderr.includes("\u001B")).toBe(false);
    expect(stderr).toMatch(/^[^\n]+\n$/);
  });
});

describe("the nearest name", () => {
  const NAMES = ["connections", "completions", "config", "pin", "port", "stats", "stat"];

  it.each([
    ["conections", "connections"],
    ["conn", "connections"],
    ["pni", "pin"],
    ["prot", "port"],
    ["STAT", "stat"],
    ["statz", "stats"],
    ["frobnicate", undefined],
    ["", undefined],
    ["x".repeat(100), undefined],
  ])("to %j is %s", (given, near) => {
    expect(nearestOf(given, NAMES)).toBe(near);
  });
});

describe("the manual page", () => {
  it("has every command, and every flag of its own", () => {
    const page = manualPage(TREE).replaceAll("\\-", "-");
    for (const { key, node } of PLACES.slice(1)) {
      expect(page).toContain(`.SS ipfs-kit ${key}`);
      const own = node.subcommands === undefined ? Object.keys(node.flags) : [];
      for (const flag of own) expect(page).toContain(`--${flag}`);
    }
  });

  it.skipIf(!HAS_MANDOC)("has nothing a linter minds, but for a date", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ipfs-kit-man-"));
    try {
      const file = join(folder, "ipfs-kit.1");
      await writeFile(file, manualPage(TREE));
      const { stdout } = await run("mandoc", ["-Tlint", "-W", "style", file]).catch(
        (error: { stdout: string }) => error,
      );
      const lines = stdout.split("\n").filter((line) => line !== "");
      expect(lines.filter((line) => !line.includes("missing date"))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.skipIf(!HAS_MAN)("is shown by man", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ipfs-kit-man-"));
    try {
      const file = join(folder, "ipfs-kit.1");
      const { stdout: page } = await ipfsKit("help", "--man");
      await writeFile(file, page);
      const env = { ...process.env, MANWIDTH: "80", MANPAGER: "cat", LC_ALL: "C.UTF-8" };
      const { stdout, stderr } = await run("man", ["--warnings", "-l", file], { env });
      expect(stderr).toBe("");
      expect(stdout).toContain("ipfs-kit pin add <cid>...");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
