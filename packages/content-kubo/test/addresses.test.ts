import { createServer } from "node:http";
import { once } from "node:events";

import { createKuboStore, type KuboAuth } from "@ipfs-kit/content-kubo";
import { describeWithKubo, startKubo, startLyingKubo } from "@ipfs-kit/testing";
import { describe, expect, it, onTestFinished } from "vitest";

describe("the address of Kubo", () => {
  it.each([
    "http://127.0.0.1:5001",
    "http://127.0.0.1:5001/",
    "http://127.0.0.1:5001/api/v0",
    "/ip4/127.0.0.1/tcp/5001",
    "/ip4/127.0.0.1/tcp/5001/http",
    "/ip6/::1/tcp/5001",
    "/dns4/kubo/tcp/443/https",
    "/dns/kubo/tcp/443/tls/http",
    "https://kubo.example/behind/a/proxy",
  ])("may be %s", (api) => {
    expect(createKuboStore({ api }).health()).toEqual({
      state: "unavailable",
      reason_code: "not_checked",
      breaker: "closed",
    });
  });

  it.each([
    "",
    "kubo",
    "127.0.0.1:5001",
    "ftp://127.0.0.1:5001",
    "file:///etc/passwd",
    "http://me:secret@127.0.0.1:5001",
    "http://127.0.0.1:5001/?arg=1",
    "/ip4/127.0.0.1/udp/5001",
    "/ip4/127.0.0.1/tcp/5001/p2p/12D3KooW",
    "/unix/var/run/kubo.sock",
    "unix:///var/run/kubo.sock",
    "/ip4/kubo.example/tcp/5001",
    "/ip4/0/tcp/5001",
    "/ip4/127.1/tcp/5001",
    "/ip4/me:secret@127.0.0.1/tcp/5001",
    "/ip6/::1]/tcp/5001",
    "/ip6/127.0.0.1/tcp/5001",
    "/dns/kubo\\elsewhere/tcp/5001",
    "/dns/kubo%2felsewhere/tcp/5001",
    "/dns//tcp/5001",
    "/constructor/kubo/tcp/5001",
    "/ip4/127.0.0.1/tcp/99999",
  ])("is not %j", (api) => {
    const code = "invalid_request";
    expect(() => createKuboStore({ api })).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    "http://me:hunter2@127.0.0.1:5001",
    "http://me:hunter2@127.0.0.1:99999",
    "me:hunter2@kubo:5001",
    "me:hunt@hunter2@kubo:5001",
    "/dns/me:hunter2@kubo/tcp/5001",
    "ftp://kubo/?token=hunter2",
    "kubo?token=hunter2",
  ])("does not show up with a secret: %s", (api) => {
    expect(() => createKuboStore({ api })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
  });

  it("goes with a token that a header can hold", () => {
    expect(() => createKuboStore({ auth: { type: "bearer", token: "hunter2\r\nX: y" } })).toThrow(
      expect.objectContaining({
        code: "invalid_request",
        message: expect.not.stringContaining("hunter2"),
      }),
    );
  });

  it.each([0, -1, Number.NaN, Infinity, 2 ** 31])(
    "goes with times, of which %s ms is none",
    (ms) => {
      const expected = expect.objectContaining({ code: "invalid_request" });
      expect(() => createKuboStore({ checkEveryMs: ms })).toThrow(expected);
      expect(() => createKuboStore({ timeouts: { commitMs: ms } })).toThrow(expected);
    },
  );

  it("is a multiaddr for a Kubo that is there", async () => {
    await using kubo = await startLyingKubo({});
    const { port } = new URL(kubo.api);
    await using store = createKuboStore({ api: `/ip4/127.0.0.1/tcp/${port}` });
    await store.start();
    expect(store.health()).toMatchObject({ state: "ok", version: "0.39.0" });
  });

  it.each([
    ["0.29.0", "degraded"],
    ["0.30.0-rc1", "ok"],
    ["0.43.1", "ok"],
    ["1.0.0", "ok"],
  ])("of version %s is told to be %s", async (version, state) => {
    const server = createServer((_, response) =>
      response.end(JSON.stringify({ Version: version })),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    await using store = createKuboStore({ api: `http://127.0.0.1:${port}` });
    await store.start();
    expect(store.health()).toMatchObject({ state, version });
  });
});

describeWithKubo("a Kubo that asks who we are", () => {
  const config = {
    API: {
      Authorizations: {
        Alice: { AuthSecret: "basic:alice:wonder", AllowedPaths: ["/api/v0"] },
        Bob: { AuthSecret: "bearer:b0b", AllowedPaths: ["/api/v0"] },
      },
    },
  };
  it("lets in those it knows, and nobody else", async () => {
    await using kubo = await startKubo({ config });
    const stateWith = async (auth?: KuboAuth) => {
      await using store = createKuboStore({ api: kubo.api, auth });
      await store.start();
      return store.health();
    };
    expect(await stateWith({ type: "basic", username: "alice", password: "wonder" })).toMatchObject(
      { state: "ok" },
    );
    expect(await stateWith({ type: "bearer", token: "b0b" })).toMatchObject({ state: "ok" });
    const unknown = { state: "unavailable", reason_code: "unauthorized", breaker: "closed" };
    expect(await stateWith({ type: "bearer", token: "eve" })).toMatchObject(unknown);
    expect(await stateWith()).toMatchObject(unknown);
  });
});
