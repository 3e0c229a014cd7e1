import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { createServer, type IpfsKitServer } from "../src/server.ts";
import { type IpfsKitInit, runIpfsKit } from "./support/ipfs-kit.ts";
import { startSigned } from "./support/signed-server.ts";

let server: IpfsKitServer;
let folder: string;
const strangers: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-trouble-"));
  server = createServer({ port: 0, isolation: true });
  await server.start();
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

afterEach(() => {
  for (const each of strangers.splice(0)) {
    each.close();
    each.closeAllConnections();
  }
});

const ipfsKit = async (args: readonly string[], init: Partial<IpfsKitInit> = {}) =>
  runIpfsKit(args, { url: server.url, ...init });

/** A server that answers as it likes. @returns its address */
async function stranger(answer: RequestListener): Promise<string> {
  const made = createHttpServer(answer).listen(0, "127.0.0.1");
  strangers.push(made);
  await once(made, "listening");
  const address = made.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

describe("files that cannot be added", () => {
  it.each([
    [1, "EIO", (place: string) => symlink("/proc/self/mem", place)],
    [1, "ELOOP", (place: string) => symlink(place, place)],
    [5, "There is no", (place: string) => symlink("/nowhere/at/all", place)],
  ])("end with %d and say %s, whatever was told before", async (code, why, make) => {
    const [good, bad] = [join(folder, `good-${why.length}`), join(folder, `bad-${why.length}`)];
    await writeFile(good, "good");
    await make(bad);
    const alone = await ipfsKit(["add", bad]);
    expect(alone).toMatchObject({ code, stderr: expect.stringContaining(why) });
    const second = await ipfsKit(["add", good, bad]);
    expect(second).toMatchObject({ code, stderr: expect.stringContaining(why) });
    expect(second.stderr).toContain(bad);
  });
});

describe("get", () => {
  it("leaves nothing under the name when a part is missing", async () => {
    const tree = join(folder, "partly");
    await mkdir(tree);
    await writeFile(join(tree, "a"), "first");
    await writeFile(join(tree, "b"), "second");
    const { objects } = await ipfsKit(["add", "--json", "--no-pin", tree]);
    const cids = objects.map((row) => String(Reflect.get(Object(row), "cid")));
    const lost = await fetch(`${server.url}/api/v0/block/rm?arg=${cids[1]}`, { method: "POST" });
    expect(await lost.text()).not.toContain("Error");
    const place = join(folder, "out");
    await mkdir(place);
    const got = await ipfsKit(["get", cids.at(-1) ?? "", "-o", join(place, "copy")]);
    expect(got.code).toBe(5);
    expect(await readdir(place)).toEqual([]);
  });

  it("writes no link that may lead outside, not through another one either", async () => {
    const tree = join(folder, "links");
    await mkdir(join(tree, "deep", "er"), { recursive: true });
    await symlink("../..", join(tree, "deep", "er", "up"));
    // By its letters inside, on disk above the root.
    await symlink("deep/er/up/..", join(tree, "out"));
    const { stdout } = await ipfsKit(["add", "-q", tree]);
    const place = join(folder, "links-copy");
    const got = await ipfsKit(["get", stdout.toString().trim(), "-o", place]);
    expect(got).toMatchObject({ code: 1, stderr: expect.stringContaining("may lead outside") });
  });
});

describe("a server that lies or breaks", () => {
  const CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

  it("is not believed when it tells of fewer files than it got", async () => {
    const url = await stranger((request, response) => {
      request.resume().once("end", () => {
        response.end(`{"Name":"a","Hash":"${CID}","Size":"1"}\n`);
      });
    });
    const [a, b] = [join(folder, "told"), join(folder, "untold")];
    await writeFile(a, "a");
    await writeFile(b, "b");
    const ran = await ipfsKit(["add", a, b], { url });
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining("not all is stored") });
  });

  it.each([
    ["gc", ["gc"], 1],
    ["pin ls", ["pin", "ls"], 1],
    ["repo verify", ["repo", "verify"], 1],
    ["pin add", ["pin", "add", CID], 1],
  ])("has its reason told: %s", async (_, args, code) => {
    const url = await stranger((request, response) => {
      response.write(`{"Message":"the disk is on fire","Code":0,"Type":"error"}\n`, () =>
        setTimeout(() => request.socket.destroy(), 50),
      );
    });
    const ran = await ipfsKit(args, { url });
    expect(ran.stderr).toContain("the disk is on fire");
    expect(ran).toMatchObject({ code, stdout: Buffer.alloc(0) });
  });

  it("cannot steer the terminal, in text or in JSON", async () => {
    const evil = "\u001B]0;x\u0007\u009B31m\u202Egpj";
    const lines = `${JSON.stringify({ Cid: evil, Type: evil, Name: evil, Key: { "/": evil } })}\n`;
    const url = await stranger((_, response) => response.end(lines));
    for (const args of [["pin", "ls"], ["pin", "ls", "--json"], ["gc"], ["gc", "--json"]]) {
      const { code, stdout } = await ipfsKit(args, { url });
      expect(code).toBe(0);
      expect(stdout.toString()).not.toMatch(/[^\P{C}\n]/u);
    }
    const { objects } = await ipfsKit(["pin", "ls", "--json"], { url });
    expect(objects).toEqual([{ cid: evil, type: evil, name: evil }]);
  });

  it("does not pin by saying nothing", async () => {
    const url = await stranger((_, response) => response.end("{}\n"));
    expect(await ipfsKit(["pin", "add", CID], { url })).toMatchObject({ code: 1 });
  });

  it("may close a connection it had kept open", async () => {
    let asked = 0;
    const url = await stranger((request, response) => {
      asked += 1;
      if (asked === 2) request.socket.destroy();
      else response.end(JSON.stringify({ Pins: [CID] }));
    });
    expect(await ipfsKit(["pin", "rm", CID, CID], { url })).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("a server that is asked too often", () => {
  it("is asked again when it says so, until everything is there", async () => {
    await using limited = await startSigned({ rateLimit: 4 });
    const init = { url: limited.url, env: { IPFS_KIT_TOKEN: limited.operator } };
    const tree = join(folder, "many");
    await mkdir(tree);
    for (let index = 0; index < 16; index += 1) await writeFile(join(tree, `${index}`), `${index}`);
    const { stdout } = await ipfsKit(["add", "-q", tree], init);
    const place = join(folder, "many-copy");
    const got = await ipfsKit(["get", stdout.toString().trim(), "-o", place], init);
    expect(got).toMatchObject({ code: 0 });
    expect(await readdir(place)).toHaveLength(16);
  });

  it("is not waited for longer than a minute", async () => {
    let asked = 0;
    const url = await stranger((_, response) => {
      asked += 1;
      response.writeHead(429, { "retry-after": asked === 1 ? "0" : "61" }).end();
    });
    const ran = await ipfsKit(["repo", "stat"], { url });
    expect([ran.code, asked]).toEqual([1, 2]);
    expect(ran.stderr).toContain("429");
  });

  it("is not waited for once the person has had enough", async () => {
    const stop = new AbortController();
    const url = await stranger((_, response) => {
      response.writeHead(429, { "retry-after": "30" }).end(() => stop.abort());
    });
    expect(await ipfsKit(["repo", "stat"], { url, signal: stop.signal })).toMatchObject({
      code: 130,
    });
  });
});

it("asks below the path of the address", async () => {
  const seen: (string | undefined)[] = [];
  const url = await stranger((request, response) => {
    seen.push(request.url);
    response.end("{}");
  });
  await ipfsKit(["repo", "stat", "--server", `${url}/ipfs-kit?x=1#y`]);
  await ipfsKit(["repo", "stat", "--server", `${url}/ipfs-kit/`]);
  expect(seen).toEqual(["/ipfs-kit/api/v0/repo/stat", "/ipfs-kit/api/v0/repo/stat"]);
});
