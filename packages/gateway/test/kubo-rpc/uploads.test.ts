import { createMemoryRepository } from "@ipfs-kit/content-memory";
import { addLineSchema } from "@ipfs-kit/core/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { formOf } from "./support/multipart.ts";
import { type RpcServer, startRpc } from "./support/rpc-server.ts";

const store = createMemoryRepository();
let rpc: RpcServer;

beforeAll(async () => {
  rpc = await startRpc({ store });
});

afterAll(async () => {
  await rpc?.[Symbol.asyncDispose]();
});

const post = async (path: string, form: FormData) =>
  fetch(`${rpc.url}/api/v0/${path}`, { method: "POST", body: form });

async function namesOf(answer: Response): Promise<string[]> {
  const lines = (await answer.text()).trimEnd().split("\n");
  return lines.map((line) => addLineSchema.parse(JSON.parse(line)).Name);
}

/** A form of parts with a type of their own. */
function typedForm(parts: readonly (readonly [name: string, type: string, text: string])[]) {
  const form = new FormData();
  for (const [name, type, text] of parts) form.append("file", new Blob([text], { type }), name);
  return form;
}

const FOLDER = "application/x-directory";
const LINK = "application/symlink";
const BYTES = "application/octet-stream";

describe("what is added", () => {
  it("is told thing by thing, the folders of each at its end", async () => {
    const form = typedForm([
      ["one", FOLDER, ""],
      ["one/a", BYTES, "a"],
      ["one/to-a", LINK, "a"],
      ["one/empty", FOLDER, ""],
      ["two", BYTES, "2"],
      ["three%2Fb", BYTES, "b"],
    ]);
    const names = await namesOf(await post("add", form));
    expect(names).toEqual(["one/a", "one/to-a", "one/empty", "one", "two", "three/b", "three"]);
  });

  it("may have the same name twice at the top", async () => {
    const form = typedForm([
      ["same", BYTES, "first"],
      ["same", BYTES, "second"],
    ]);
    expect(await namesOf(await post("add", form))).toEqual(["same", "same"]);
  });

  it("may not in one folder", async () => {
    const form = typedForm([
      ["same", BYTES, "first"],
      ["same", BYTES, "second"],
    ]);
    const answer = await post("add?wrap-with-directory=true", form);
    // The first was already told.
    await expect(answer.text()).rejects.toThrow("terminated");
  });

  it("stays inside, whatever its name says", async () => {
    const form = typedForm([["../../etc/./passwd", BYTES, "x"]]);
    expect(await namesOf(await post("add", form))).toEqual(["etc/passwd", "etc"]);
  });

  it("is not kept when only its hash is asked for", async () => {
    const answer = await post("add?only-hash=true", formOf({ a: "only the hash of this" }));
    const { Hash } = addLineSchema.parse(await answer.json());
    const stat = await fetch(`${rpc.url}/api/v0/block/stat?arg=${Hash}`, { method: "POST" });
    expect(stat.status).toBe(422);
  });

  it.each([
    ["a link that points by too much", [["l", LINK, "x".repeat(5_000)]], 413],
    ["a name that is too long", [["n".repeat(1_025), BYTES, ""]], 400],
  ] as const)("is refused for %s", async (_what, parts, status) => {
    expect((await post("add", typedForm(parts))).status).toBe(status);
  });
});

describe("a node", () => {
  it.each([
    ["nested too deeply", "[".repeat(200) + "]".repeat(200)],
    ["nested without end", "[".repeat(500_000)],
    ["that is no JSON", "{"],
    ["with a link that is none", '{"/":"nonsense"}'],
  ])("%s is refused as the fault of whoever sends it", async (_what, text) => {
    const answer = await post("dag/put", formOf({ node: text }));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ Type: "error", error_code: "invalid_request" });
  });

  it("above 2 MiB is refused, also when large ones are allowed", async () => {
    const form = formOf({ block: new Uint8Array(2 * 1024 * 1024 + 1) });
    expect((await post("block/put", form)).status).toBe(413);
    expect((await post("block/put?allow-big-block=true", form)).status).toBe(413);
    const largest = formOf({ block: new Uint8Array(2 * 1024 * 1024) });
    expect((await post("block/put?allow-big-block=true", largest)).status).toBe(200);
  });
});
