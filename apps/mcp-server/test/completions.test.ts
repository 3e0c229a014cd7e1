import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { bashCompletions } from "../src/commands/completions/bash.ts";
import { fishCompletions } from "../src/commands/completions/fish.ts";
import { zshCompletions } from "../src/commands/completions/zsh.ts";
import { TREE } from "../src/commands/tree.ts";
import { hasProgram } from "./support/has-program.ts";

const run = promisify(execFile);
const SHELL_MS = 20_000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-shells-"));
  await mkdir(join(folder, "films"));
  await writeFile(join(folder, "films.txt"), "");
  await writeFile(join(folder, "kit.bash"), bashCompletions(TREE));
  await writeFile(join(folder, "kit.fish"), fishCompletions(TREE));
  await writeFile(join(folder, "kit.zsh"), zshCompletions(TREE));
});

afterAll(async () => rm(folder, { recursive: true, force: true }));

/** What is typed up to Tab, some words that must be offered, one that must not. */
const CASES: readonly [typed: string, offered: string[], not: string][] = [
  ["ipfs-kit p", ["pin"], "add"],
  ["ipfs-kit pin ", ["add", "rm", "ls"], "config"],
  ["ipfs-kit pin ls --type ", ["recursive", "direct", "indirect", "all"], "films"],
  ["ipfs-kit config profile ", ["add", "list", "remove"], "schema"],
  ["ipfs-kit check-connectivity --a", ["--all"], "--json"],
  ["ipfs-kit serve --content-backend ", ["embedded", "kubo", "auto"], "films"],
  ["ipfs-kit --isol", ["--isolation"], "--port"],
  ["ipfs-kit completions ", ["bash", "zsh", "fish"], "films"],
  ["ipfs-kit add fil", ["films.txt", "films"], "--name"],
  ["ipfs-kit serve --persistence-path fil", ["films"], "films.txt"],
];

describe.skipIf(!(await hasProgram("bash")))("in bash", () => {
  it.each(CASES)("%s offers %j and not %s", async (typed, offered, not) => {
    const words = typed.split(" ").map((word) => `'${word}'`);
    const script = `source kit.bash; COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}
      _ipfs_kit; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await run("bash", ["--norc", "-c", script], {
      cwd: folder,
      timeout: SHELL_MS,
    });
    expect(stderr).toBe("");
    const lines = stdout.split("\n");
    expect(lines).toEqual(expect.arrayContaining(offered));
    expect(lines).not.toContain(not);
  });

  it("is found by the shell", async () => {
    const { stdout } = await run(
      "bash",
      ["--norc", "-c", "source kit.bash; complete -p ipfs-kit"],
      {
        cwd: folder,
        timeout: SHELL_MS,
      },
    );
    expect(stdout).toContain("_ipfs_kit ipfs-kit");
  });
});

describe.skipIf(!(await hasProgram("fish")))("in fish", () => {
  it.each(CASES)("%s offers %j and not %s", async (typed, offered, not) => {
    const script = `source kit.fish; complete -C '${typed}'`;
    const { stdout, stderr } = await run("fish", ["--no-config", "-c", script], {
      cwd: folder,
      timeout: SHELL_MS,
      env: { ...process.env, HOME: folder },
    });
    expect(stderr).toBe("");
    const lines = stdout.split("\n").map((line) => line.split("\t")[0]?.replace(/\/$/, ""));
    expect(lines).toEqual(expect.arrayContaining(offered));
    expect(lines).not.toContain(not);
  });
});

describe.skipIf(!(await hasProgram("zsh")))("in zsh", () => {
  it.each(CASES)("%s offers %j and not %s", async (typed, offered, not) => {
    await writeFile(join(folder, "try.zsh"), ZSH_TYPIST);
    const { stdout } = await run("zsh", ["-f", "try.zsh", typed], {
      cwd: folder,
      timeout: SHELL_MS,
    });
    // Colours and cursor moves are not what is looked for; nor is what was typed.
    const shown = stdout
      .replaceAll(ESCAPES, "")
      .replaceAll(typed, " ")
      .split(/\s+/)
      .map((word) => word.replace(/\/$/, ""));
    expect(shown).toEqual(expect.arrayContaining(offered));
    expect(shown).not.toContain(not);
  });
});

/** What moves the cursor or changes the colour. */
const ESCAPES = new RegExp(String.raw`${"\u001B"}(?:\[[\d;?]*[A-Za-z]|[=>])`, "g");

/** Types into a real zsh on a terminal of its own, and lists what Tab would offer. */
const ZSH_TYPIST = String.raw`
zmodload zsh/zpty
zpty shell 'env COLUMNS=200 LINES=200 zsh -f -i'
zpty -w shell 'PROMPT= RPROMPT= LISTMAX=1000; autoload -Uz compinit && compinit -u -D; source ./kit.zsh
list-and-say() { zle list-choices; zle -R; print -n "DO""NE" }; zle -N list-and-say; bindkey "^D" list-and-say
say-ready() { print -n "REA""DY" }; zle -N zle-line-init say-ready'
# Said last, so that no line follows: between two of them the terminal takes ^D for the end of its input.
# The editor of the line is there: what is typed from now on is for it.
zpty -r shell seen '*READY*'
zpty -w -n shell "$1"$'\x04'
zpty -r shell seen '*DONE*'
print -r -- "$seen"
zpty -d shell
`;
