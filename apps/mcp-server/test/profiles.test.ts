import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type IpfsKitInit, runIpfsKit } from "./support/ipfs-kit.ts";
import { startStranger, type Stranger } from "./support/stranger.ts";

const TOKEN = "ik_0123456789abcdef.secret-of-the-profile";
const OTHER = "ik_fedcba9876543210.secret-of-the-environment";

let folder: string;
let file: string;
let server: Stranger;
let headers: IncomingHttpHeaders[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-profiles-"));
  file = join(folder, "ipfs-kit", "profiles.json");
  headers = [];
  server = await startStranger((request, response) => {
    headers.push(request.headers);
    response.end(JSON.stringify({ version: "1.2.3" }));
  });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const ipfsKit = async (line: string, init: Partial<IpfsKitInit> = {}) =>
  runIpfsKit(line.split(" "), {
    url: "",
    ...init,
    env: { XDG_CONFIG_HOME: folder, ...init.env },
  });

const sent = () => headers.map(({ authorization }) => authorization);

// The platform's folder is somewhere else on the other two.
describe.skipIf(process.platform !== "linux")("a profile", () => {
  it("keeps a server and the token that was piped in, for its owner alone", async () => {
    const added = await ipfsKit(`config profile add home ${server.url} --json`, {
      stdin: [Buffer.from(`${TOKEN}\n`)],
    });
    expect(added.objects).toMatchObject([{ name: "home", has_token: true, path: file }]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
      profiles: { home: { server: `${server.url}/`, token: TOKEN } },
    });
    const asked = await ipfsKit("version --profile home --json");
    expect(asked.objects).toMatchObject([{ server: { version: "1.2.3" } }]);
    expect(sent()).toEqual([`Bearer ${TOKEN}`]);
    expect(await readdir(join(folder, "ipfs-kit"))).toEqual(["profiles.json"]);
  });

  it("takes the token of the environment, and has none without", async () => {
    await ipfsKit(`config profile add one ${server.url}`, { env: { IPFS_KIT_TOKEN: OTHER } });
    await ipfsKit(`config profile add two ${server.url}`);
    const listed = await ipfsKit("config profile list --json");
    expect(listed.objects).toEqual([
      { name: "one", server: `${server.url}/`, has_token: true },
      { name: "two", server: `${server.url}/`, has_token: false },
    ]);
    expect(listed.stdout.includes("secret")).toBe(false);
    const text = await ipfsKit("config profile ls");
    expect(text.stdout.toString()).not.toContain("secret");
  });

  it("is found by the variable; what names a server comes before it", async () => {
    await ipfsKit(`config profile add home ${server.url}`, { stdin: [Buffer.from(TOKEN)] });
    const env = { IPFS_KIT_PROFILE: "home", IPFS_KIT_TOKEN: OTHER };
    expect((await ipfsKit("version", { env })).code).toBe(0);
    expect((await ipfsKit(`version --server ${server.url}`, { env })).code).toBe(0);
    expect((await ipfsKit("version", { env, url: server.url })).code).toBe(0);
    expect(sent()).toEqual([`Bearer ${TOKEN}`, `Bearer ${OTHER}`, `Bearer ${OTHER}`]);
  });

  it("is forgotten with its token", async () => {
    await ipfsKit(`config profile add home ${server.url}`, { stdin: [Buffer.from(TOKEN)] });
    expect((await ipfsKit("config profile remove hoem")).stderr).toContain("did you mean home?");
    expect((await ipfsKit("config profile remove home")).code).toBe(0);
    expect(await readFile(file, "utf8")).not.toContain(TOKEN);
    expect(await ipfsKit("version --profile home")).toMatchObject({ code: 5 });
  });

  it("warns when others can read it", async () => {
    await ipfsKit(`config profile add home ${server.url}`, { stdin: [Buffer.from(TOKEN)] });
    expect((await ipfsKit("version --profile home")).stderr).toBe("");
    await chmod(file, 0o644);
    const { code, stderr } = await ipfsKit("version --profile home");
    expect(code).toBe(0);
    expect(stderr).toContain(`chmod 600`);
    expect(stderr).not.toContain(TOKEN);
  });

  it.each(["{", "[]", '{"profiles":{"home":{}}}'])("is not guessed from %s", async (text) => {
    await ipfsKit(`config profile add home ${server.url}`);
    await writeFile(file, text);
    const { code, stderr } = await ipfsKit("version --profile home");
    expect(code).toBe(1);
    expect(stderr).toContain(file);
    const added = await ipfsKit(`config profile add other ${server.url}`);
    expect(added.code).toBe(1);
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("takes no token of two words, and does not repeat it", async () => {
    const { code, stderr } = await ipfsKit(`config profile add home ${server.url}`, {
      stdin: [Buffer.from("very secret")],
    });
    expect(code).toBe(2);
    expect(stderr).not.toContain("very");
  });
});

describe("a token", () => {
  const env = { IPFS_KIT_TOKEN: OTHER };

  it.each(["http://192.0.2.1:8000", "http://kit.example"])(
    "is not sent to %s in the open",
    async (url) => {
      const { code, stderr } = await ipfsKit("stats", { env, url });
      expect(code).toBe(2);
      expect(stderr).toMatch(/without https.*--insecure-token/);
      expect(stderr).not.toContain(OTHER);
    },
  );

  it("is sent in the open when somebody says so", async () => {
    // Nobody is there: it was tried.
    const { code } = await ipfsKit("stats --insecure-token --timeout-seconds 1", {
      env,
      url: "http://nobody.invalid:1",
    });
    expect(code).toBe(3);
  });

  it.each([
    [401, "unauthenticated", "token create"],
    [403, "forbidden", "larger role"],
  ])("that is refused with %d ends with 4 and what to do", async (status, errorCode, advice) => {
    await using refusing = await startStranger((_request, response) => {
      response.writeHead(status, { "content-type": "application/problem+json" });
      response.end(JSON.stringify({ code: errorCode, detail: "No." }));
    });
    const { code, stderr } = await ipfsKit("stats", { url: refusing.url, env });
    expect(code).toBe(4);
    expect(stderr).toContain(advice);
    await using silent = await startStranger((_request, response) => {
      response.writeHead(status).end();
    });
    expect((await ipfsKit("stats", { url: silent.url, env })).code).toBe(4);
  });
});
