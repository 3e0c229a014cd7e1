import { writeFileSync } from "node:fs";
import {
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { TokenFile } from "../src/edge/token-file.ts";
import { TokenStore } from "../src/edge/token-store.ts";
import { digestOf, makeToken, splitToken } from "../src/edge/token-text.ts";

let folder: string;
let store: TokenStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-tokens-"));
  store = new TokenStore({ folder });
});
afterEach(async () => {
  await store.stop();
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

const file = () => join(folder, "tokens.json");

describe("a token", () => {
  it("has an id and a secret of 256 bits", () => {
    const { id, secret, text } = makeToken();
    expect(text).toMatch(/^ik_[a-f\d]{16}\.[\w-]{43}$/);
    expect(splitToken(text)).toEqual({ id, secret });
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
  });

  it.each(["", "ik_", "ik_0123456789abcdef", "0123456789abcdef.x", `${makeToken().text}x`])(
    "is not %j",
    (text) => expect(splitToken(text)).toBeUndefined(),
  );
});

describe("the tokens of a folder", () => {
  it("are kept as hashes, for their owner only, and nothing unfinished is left", async () => {
    const { text, info } = await store.create({ name: " the laptop ", role: "operator" });
    const { id, secret = "" } = splitToken(text) ?? {};
    const kept = await readFile(file(), "utf8");
    expect(info).toMatchObject({ id, name: "the laptop", role: "operator", is_expired: false });
    expect(kept).not.toContain(secret);
    expect(kept).toContain(digestOf(secret).toString("hex"));
    expect(JSON.stringify(store.list())).not.toContain(secret.slice(0, 4));
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["tokens.json"]);
  });

  it("open for whoever has them, and for nobody else", async () => {
    const { text } = await store.create({ name: "a", role: "viewer" });
    const { id = "" } = splitToken(text) ?? {};
    expect(store.find(text)).toMatchObject({ role: "viewer", key: id });
    for (const wrong of [makeToken().text, `ik_${id}.${makeToken().secret}`, id, "", ` ${text}`]) {
      expect(store.find(wrong)).toBeUndefined();
    }
  });

  it("end at their time", async () => {
    const soon = new Date(Date.now() + 60_000);
    const { text } = await store.create({ name: "a", role: "viewer", expiresAt: soon });
    const caller = store.find(text);
    expect(caller?.isCurrent()).toBe(true);
    vi.useFakeTimers({ now: soon });
    expect(caller?.isCurrent()).toBe(false);
    expect(store.find(text)).toBeUndefined();
    expect(store.list()).toMatchObject([{ is_expired: true }]);
    expect([store.isNeeded, store.hasUsable]).toEqual([true, false]);
  });

  it("are needed as soon as there is one, and no longer once the last is revoked", async () => {
    expect(store.isNeeded).toBe(false);
    const { text, info } = await store.create({ name: "a", role: "viewer" });
    const caller = store.find(text);
    expect(store.isNeeded).toBe(true);
    await store.revoke(info.id);
    expect(caller?.isCurrent()).toBe(false);
    expect([store.isNeeded, store.find(text)]).toEqual([false, undefined]);
    await expect(store.revoke(info.id)).rejects.toThrow(/no token/);
  });

  it("made by another process open at once, revoked ones close by themselves", async () => {
    const other = new TokenStore({ folder });
    await store.start();
    const { text, info } = await other.create({ name: "a", role: "admin" });
    const caller = store.find(text);
    expect(caller?.role).toBe("admin");
    await other.revoke(info.id);
    await expect.poll(() => caller?.isCurrent(), { timeout: 5_000 }).toBe(false);
    expect(store.isNeeded).toBe(false);
  });

  it("survive many changes at once by several processes", async () => {
    const stores = Array.from({ length: 4 }, () => new TokenStore({ folder }));
    const made = await Promise.all(
      stores.flatMap((each) =>
        Array.from({ length: 5 }, async (_, index) =>
          each.create({ name: `token ${index}`, role: "viewer" }),
        ),
      ),
    );
    store.refresh();
    expect(store.list()).toHaveLength(20);
    for (const { text } of made) expect(store.find(text)).toBeDefined();
  });

  it("can be changed after a crash in the middle of a change", async () => {
    const lock = `${file()}.lock`;
    await writeFile(lock, "");
    await utimes(lock, new Date(0), new Date(0));
    await store.create({ name: "a", role: "viewer" });
    expect(store.list()).toHaveLength(1);
  });

  it("are not lost to a process that was slow, and took itself for the only one", async () => {
    const { text } = await store.create({ name: "a", role: "viewer" });
    const before = await readFile(file(), "utf8");
    const other = makeToken();
    const lock = `${file()}.lock`;
    let tries = 0;
    const slow = new TokenFile(folder).change(({ tokens }) => {
      tries += 1;
      // It was taken for dead meanwhile: somebody else is at work.
      if (tries === 1) writeFileSync(lock, "another process");
      return tokens.map(({ id }) => id);
    });
    await expect.poll(() => tries).toBe(1);
    await writeFile(file(), before.replaceAll(splitToken(text)?.id ?? "", other.id));
    expect(await readFile(lock, "utf8")).toBe("another process");
    await rm(lock);
    expect(await slow).toEqual([other.id]);
    expect([tries, await readdir(folder)]).toEqual([2, ["tokens.json"]]);
  });

  it("are never written through a link", async () => {
    const elsewhere = join(folder, "elsewhere");
    await writeFile(elsewhere, '{"version":1,"tokens":[]}');
    await symlink(elsewhere, file());
    await store.create({ name: "a", role: "viewer" });
    expect(await readFile(elsewhere, "utf8")).toBe('{"version":1,"tokens":[]}');
    expect((await lstat(file())).isFile()).toBe(true);
  });

  it("end what was opened with them when their role is changed by hand", async () => {
    const { text } = await store.create({ name: "a", role: "admin" });
    const caller = store.find(text);
    await writeFile(file(), (await readFile(file(), "utf8")).replace('"admin"', '"viewer"'));
    store.refresh();
    expect(caller?.isCurrent()).toBe(false);
    expect(store.find(text)).toMatchObject({ role: "viewer" });
  });

  it("are gone when revoked, also where the file names one twice", async () => {
    const { text, info } = await store.create({ name: "a", role: "viewer" });
    const content: unknown = JSON.parse(await readFile(file(), "utf8"));
    const [record] = new TokenFile(folder).read().tokens;
    await writeFile(file(), JSON.stringify({ ...Object(content), tokens: [record, record] }));
    store.refresh();
    await store.revoke(info.id);
    expect(store.find(text)).toBeUndefined();
  });

  it.each([
    { name: "", role: "viewer" as const },
    { name: "x".repeat(129), role: "viewer" as const },
  ])("have a name of reasonable length", async (wish) => {
    await expect(store.create(wish)).rejects.toMatchObject({ code: "invalid_request" });
  });
});

describe("a file of tokens", () => {
  it.each(["", "{", "[]", '{"version":2,"tokens":[]}', '{"version":1,"tokens":[{"id":"a"}]}'])(
    "that is damaged (%j) opens nothing at the start",
    async (text) => {
      await writeFile(file(), text);
      await expect(store.start()).rejects.toMatchObject({ code: "data_directory" });
    },
  );

  it("that is damaged later leaves everything as it was", async () => {
    const { text } = await store.create({ name: "a", role: "viewer" });
    await writeFile(file(), "{");
    expect(() => store.refresh()).toThrow(/damaged/);
    expect(store.find(text)).toBeDefined();
    expect(store.isNeeded).toBe(true);
  });

  it("that vanishes takes the tokens with it, but opens nothing", async () => {
    const { text } = await store.create({ name: "a", role: "viewer" });
    await rm(file());
    store.refresh();
    expect([store.find(text), store.isNeeded]).toEqual([undefined, true]);
    // Neither does the file that the next change makes.
    const code = await new TokenStore({ folder }).createLogin();
    store.refresh();
    expect(store.isNeeded).toBe(true);
    await store.takeLogin(code);
    store.refresh();
    expect(store.isNeeded).toBe(true);
  });
});

describe("a login code", () => {
  it("works once", async () => {
    const code = await store.createLogin();
    expect(await readFile(file(), "utf8")).not.toContain(code);
    const other = new TokenStore({ folder });
    const takes = await Promise.all([store.takeLogin(code), other.takeLogin(code)]);
    expect(takes.filter(Boolean)).toEqual([true]);
    expect(await store.takeLogin(code)).toBe(false);
    expect(await store.takeLogin("made up")).toBe(false);
  });

  it("costs next to nothing to guess: the file is not read again for it", async () => {
    await store.createLogin();
    await store.takeLogin("a guess");
    const read = vi.spyOn(TokenFile.prototype, "read");
    try {
      for (let tries = 0; tries < 10; tries += 1) await store.takeLogin("a guess");
      expect(read).not.toHaveBeenCalled();
    } finally {
      read.mockRestore();
    }
  });

  it("works for five minutes", async () => {
    const code = await store.createLogin();
    vi.useFakeTimers({ now: Date.now() + 5 * 60_000 + 1, toFake: ["Date"] });
    expect(await store.takeLogin(code)).toBe(false);
  });

  it("does not count as a token, and old ones make room", async () => {
    const first = await store.createLogin();
    for (let made = 0; made < 16; made += 1) await store.createLogin();
    expect(store.isNeeded).toBe(false);
    expect(await store.takeLogin(first)).toBe(false);
  });
});
