import { createMemoryRepository } from "@ipfs-kit/content-memory";
import { describeWithKubo, type RunningKubo, startKubo } from "@ipfs-kit/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { formOf } from "./support/multipart.ts";
import { type RpcServer, startRpc } from "./support/rpc-server.ts";

const MISSING = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
const HELLO = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

let kubo: RunningKubo;
const store = createMemoryRepository();
let rpc: RpcServer;

const post = async (url: string, path: string, body?: FormData) =>
  fetch(
    `${url}/api/v0/${path}`,
    body === undefined ? { method: "POST" } : { method: "POST", body },
  );

const fileForm = () => formOf({ file: "hello world" });

describeWithKubo("the RPC and Kubo's, request by request", () => {
  beforeAll(async () => {
    kubo = await startKubo();
    rpc = await startRpc({ store });
    const same = "add?cid-version=1&raw-leaves=true";
    for (const url of [kubo.api, rpc.url]) {
      await (await post(url, same, fileForm())).text();
    }
  }, 60_000);

  afterAll(async () => {
    await rpc?.[Symbol.asyncDispose]();
    await kubo?.stop();
  });

  it.each([
    `block/stat?arg=${HELLO}`,
    `ls?arg=${HELLO}`,
    `ls?arg=${HELLO}&stream=true`,
    `pin/ls?arg=${HELLO}`,
    `pin/add?arg=${HELLO}`,
    `refs?arg=${HELLO}`,
    `resolve?arg=${HELLO}`,
    `resolve?arg=/ipfs/${HELLO}/nothing/../.`,
    `dag/resolve?arg=${HELLO}`,
    `dag/stat?arg=${HELLO}&progress=false`,
    `dag/get?arg=${HELLO}`,
    `files/stat?arg=/ipfs/${HELLO}`,
    `block/rm?arg=${MISSING}`,
    `block/rm?arg=${MISSING}&force=true`,
    `block/rm?arg=${MISSING}&force=true&quiet=true`,
    `cat?arg=${HELLO}&length=0`,
    `cat?arg=${HELLO}&offset=100`,
  ])("%s is answered with the same bytes", async (path) => {
    const [expected, answer] = [await post(kubo.api, path), await post(rpc.url, path)];
    expect(answer.status).toBe(expected.status);
    expect(await answer.text()).toBe(await expected.text());
    for (const header of ["x-stream-output", "x-chunked-output", "x-content-length"]) {
      expect([header, answer.headers.get(header)]).toEqual([header, expected.headers.get(header)]);
    }
  });

  describe("a refusal of a command has the same form, and a status that blames the caller", () => {
    it.each([
      `cat?arg=${MISSING}`,
      `cat?arg=${HELLO}&offset=-1`,
      `cat?arg=${HELLO}&length=-1`,
      `pin/ls?type=nonsense`,
      `pin/ls?arg=${MISSING}`,
      `pin/rm?arg=${MISSING}`,
      `pin/update?arg=${MISSING}&arg=${HELLO}`,
      `block/stat?arg=${MISSING}`,
      `dag/get?arg=${HELLO}/x`,
      `refs?arg=${HELLO}&edges=true&format=x`,
    ])("%s", async (path) => {
      const [expected, answer] = [await post(kubo.api, path), await post(rpc.url, path)];
      expect(expected.status).toBe(500);
      expect([400, 422]).toContain(answer.status);
      expect(answer.headers.get("content-type")).toBe(expected.headers.get("content-type"));
      expect(await expected.json()).toEqual({
        Message: expect.any(String),
        Code: 0,
        Type: "error",
      });
      expect(await answer.json()).toEqual({
        Message: expect.any(String),
        Code: 0,
        Type: "error",
        error_code: expect.stringMatching(/^[a-z_]+$/),
      });
    });
  });

  describe("arguments that cannot be read are the caller's fault in both", () => {
    it.each(["cat", `cat?arg=${HELLO}&offset=x`, `ls?arg=${HELLO}&stream=maybe`, "pin/add", "add"])(
      "%s",
      async (path) => {
        const [expected, answer] = [await post(kubo.api, path), await post(rpc.url, path)];
        expect(expected.status).toBe(400);
        expect(answer.status).toBe(400);
        // Kubo says it as plain text, which its clients take for the message.
        const words = (await expected.text()).trim().replace("int64", "int");
        expect(await answer.json()).toMatchObject({ Message: words, Code: 1, Type: "error" });
      },
    );
  });

  it("GET is 405 and what is no command 404 in both", async () => {
    for (const url of [kubo.api, rpc.url]) {
      expect((await fetch(`${url}/api/v0/id`)).status).toBe(405);
      expect((await post(url, "no/such/command")).status).toBe(404);
    }
  });
});
