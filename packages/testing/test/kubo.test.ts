import { access } from "node:fs/promises";

import { describeWithKubo, startKubo } from "@ipfs-kit/testing";
import { expect, it } from "vitest";

describeWithKubo("a Kubo of our own", () => {
  it("listens on loopback only, knows nobody, and is gone with its repository", async () => {
    await using kubo = await startKubo({ gateway: true });
    expect(new URL(kubo.api).hostname).toBe("127.0.0.1");
    expect(new URL(kubo.gateway ?? "").hostname).toBe("127.0.0.1");
    expect(await kubo.run(["bootstrap", "list"])).toBe("");
    await expect(kubo.run(["swarm", "peers"])).rejects.toThrow("must be run in online mode");
    await kubo.stop();
    expect(() => process.kill(kubo.pid, 0)).toThrow("ESRCH");
    await expect(access(kubo.repo)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("keeps what it has, and its address, when it is killed and started again", async () => {
    await using kubo = await startKubo();
    const { api, pid } = kubo;
    const cid = (await kubo.run(["add", "-Q"], { input: "hello" })).trim();
    await kubo.kill();
    await kubo.restart();
    expect(kubo.api).toBe(api);
    expect(kubo.pid).not.toBe(pid);
    expect(await kubo.run(["cat", cid])).toBe("hello");
  });

  it("takes settings part by part", async () => {
    await using kubo = await startKubo({ config: { Gateway: { NoFetch: true } } });
    expect((await kubo.run(["config", "Gateway.NoFetch"])).trim()).toBe("true");
    expect((await kubo.run(["config", "Discovery.MDNS.Enabled"])).trim()).toBe("false");
  });

  it("may have a network of its own, on loopback", async () => {
    await using kubo = await startKubo({ offline: false });
    expect((await kubo.run(["swarm", "peers"])).trim()).toBe("");
    const addresses = (await kubo.run(["swarm", "addrs", "listen"])).trim().split("\n");
    const outside = addresses.filter(
      (address) => !/^\/(?:ip4\/127\.0\.0\.1|p2p-circuit)/.test(address),
    );
    expect(outside).toEqual([]);
  });
});
