import { MemoryBlocks } from "@ipfs-kit/content-memory";
import { createGateway } from "@ipfs-kit/gateway";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";

import { DagMaker } from "./support/dags.ts";
import { rawRequest, serveGateway } from "./support/serve-gateway.ts";

function letters(text: string): string {
  return Array.from(text, (letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
}

/** Every way of writing a path that must lead to the same file. */
function spellings(root: string): string[] {
  const slashes = ["/", "//", "///", "%2F", "%2f", "/%2F/", "/./", "/%2e/"];
  const names = ["a b", "a%20b", letters("a b"), letters("a b").toUpperCase()];
  return slashes.flatMap((slash) =>
    names.flatMap((name) => [
      `/ipfs/${root}${slash}dir${slash}${name}`,
      `/ipfs/${root}/${letters("dir")}/${name}${slash.replaceAll(".", "")}`,
      `/ipfs/${root}/x/..${slash}dir/${name}`,
    ]),
  );
}

describe("a path", () => {
  it("gets one answer however it is spelled, or none", async () => {
    const blocks = new MemoryBlocks();
    const dags = new DagMaker(blocks);
    const dir = await dags.directory({ "a b": await dags.raw("here") });
    const root = await dags.directory({ dir });
    const address = await serveGateway({ blocks });
    const answers = new Set<string>();
    for (const target of spellings(root.cid.toString())) {
      const { head, body } = await rawRequest(address, target.replaceAll(" ", "%20"));
      const status = head.split(" ")[1] ?? "";
      answers.add(status === "200" ? `200 ${body.toString()}` : status);
    }

    expect(Array.from(answers).toSorted()).toEqual(["200 here", "400"]);
  });

  it.each([
    "/ipfs/{root}/..%2f..%2fetc",
    "/ipfs/{root}/%00",
    "/ipfs/{root}/%ff",
    "/ipfs/{root}/%",
    "/ipfs/%2e%2e%2f{root}",
    "/ipfs/ipfs:%2f%2f{root}",
    `/ipfs/{root}${"/a".repeat(600)}`,
  ])("%s is refused", async (path) => {
    const blocks = new MemoryBlocks();
    const root = (await new DagMaker(blocks).directory({})).cid.toString();
    const answer = await createGateway({ blocks }).request(path.replace("{root}", root));

    expect(answer.status).toBe(400);
  });

  it("leads nowhere else by a redirect", async () => {
    const blocks = new MemoryBlocks();
    const root = (await new DagMaker(blocks).directory({})).cid.toString();
    const address = await serveGateway({ blocks });
    for (const target of [`//evil.example/ipfs/${root}`, `/\\evil.example/ipfs/${root}`]) {
      const { head } = await rawRequest(address, target);
      expect(head).not.toMatch(/^location:/im);
    }
  });

  it("leads to no other host where the app is mounted under a name anybody may choose", async () => {
    const blocks = new MemoryBlocks();
    const root = (await new DagMaker(blocks).directory({})).cid.toString();
    const app = new Hono().route("/:any{.+}", createGateway({ blocks }));
    for (const mount of ["//evil.example", "/%2F%2Fevil.example"]) {
      const answer = await app.request(new Request(`http://gateway${mount}/ipfs/${root}`));
      expect(answer.headers.get("location")).toBe(`/evil.example/ipfs/${root}/`);
    }
  });

  it("with control characters and odd names stays inside its headers", async () => {
    const blocks = new MemoryBlocks();
    const dags = new DagMaker(blocks);
    const name = "a\r\nset-cookie: x=1\u202Etxt.exe";
    const root = await dags.directory({ [name]: await dags.raw("odd") });
    const path = `/ipfs/${root.cid.toString()}/${encodeURIComponent(name)}`;
    const answer = await createGateway({ blocks }).request(path);

    expect(await answer.text()).toBe("odd");
    expect(answer.headers.get("set-cookie")).toBe(null);
    expect(answer.headers.get("x-ipfs-path")).toBe(path.replace("%3A", ":").replace("%3D", "="));
  });
});
