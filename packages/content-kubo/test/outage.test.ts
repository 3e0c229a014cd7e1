import { createKuboStore, type KuboStore } from "@ipfs-kit/content-kubo";
import { type CID, errorCodeOf } from "@ipfs-kit/core";
import {
  collect,
  describeWithKubo,
  inPieces,
  type RunningKubo,
  seededBytes,
  seededRandom,
  startKubo,
} from "@ipfs-kit/testing";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";

/** Rounds of each kind of outage; a long battery sets more. */
const ROUNDS = Number(process.env["KUBO_OUTAGES"] ?? "2");
const SEED = Number(process.env["KUBO_SEED"] ?? "1");
const SIZE = 64 * 1024 * 1024;
const REQUEST_MS = 500;

describeWithKubo("a Kubo that goes away in the middle of a read", () => {
  let kubo: RunningKubo;
  let store: KuboStore;
  let cid: CID;
  const bytes = Buffer.from(seededBytes(SIZE, SEED));
  const random = seededRandom(SEED);

  beforeAll(async () => {
    kubo = await startKubo();
    store = await storeOf(kubo.api);
    ({ cid } = await store.add(inPieces(bytes, 1024 * 1024)));
  });
  afterAll(async () => {
    await store.stop();
    await kubo.stop();
  });

  const outages = [
    { name: "killed", begin: async () => kubo.kill(), end: async () => kubo.restart() },
    {
      name: "frozen",
      begin: async () => kubo.signal("SIGSTOP"),
      end: async () => kubo.signal("SIGCONT"),
    },
  ];
  it.each(outages.flatMap((outage) => Array.from({ length: ROUNDS }, () => outage)))(
    "fails the read when it is $name, and serves again by itself",
    { timeout: 60_000 },
    async ({ begin, end }) => {
      const point = Math.floor(random() * (SIZE - 16 * 1024 * 1024));
      const read = await readUntilItFails(point, begin);
      // What came was right, the rest was refused: nothing ended early as if it were whole.
      expect(["unavailable", "timeout"]).toContain(read.code);
      expect(read.length).toBeGreaterThanOrEqual(point);
      expect(read.length).toBeLessThan(SIZE);
      expect(bytes.subarray(0, read.length).equals(read.bytes)).toBe(true);
      // Nobody asks: that it is away, and that it is back, is noticed all the same.
      await expect.poll(() => store.health().state, { timeout: 20_000 }).toBe("unavailable");
      await end();
      await expect.poll(() => store.health().state, { timeout: 20_000 }).toBe("ok");
      expect(bytes.equals(await collect(store.read(cid)))).toBe(true);
    },
  );

  it("is not waited for once it has failed several times", { timeout: 60_000 }, async () => {
    const own = await storeOf(kubo.api, { checkEveryMs: 3_600_000 });
    onTestFinished(async () => own.stop());
    kubo.signal("SIGSTOP");
    onTestFinished(() => kubo.signal("SIGCONT"));
    const call = async () => own.stat(cid).then(() => "ok", errorCodeOf);
    await expect.poll(call).toBe("timeout");
    for (let failures = 2; failures <= 5; failures += 1) expect(await call()).toBe("timeout");
    expect(own.health()).toMatchObject({ state: "unavailable", breaker: "open" });
    await expect(own.stat(cid)).rejects.toMatchObject({
      code: "unavailable",
      details: { reason: "breaker_open" },
    });
    kubo.signal("SIGCONT");
    // One call tries, once the time is over, and closes it.
    await expect.poll(call, { timeout: 10_000 }).toBe("ok");
    expect(own.health()).toMatchObject({ state: "ok", breaker: "closed" });
  });

  it("pins nothing of an add it dies under", { timeout: 60_000 }, async () => {
    async function* source() {
      yield bytes.subarray(1, 8 * 1024 * 1024);
      await kubo.kill();
      yield bytes.subarray(3, 8 * 1024 * 1024);
    }
    const pinned = async () => (await kubo.run(["pin", "ls", "-q", "-t=recursive"])).split("\n");
    const before = await pinned();
    await expect(store.add(source())).rejects.toMatchObject({ code: "unavailable" });
    await kubo.restart();
    expect((await pinned()).toSorted()).toEqual(before.toSorted());
  });

  it("may be away when the store starts, unless it is required", async () => {
    await kubo.kill();
    const required = createKuboStore({ api: kubo.api, requireReachable: true });
    await expect(required.start()).rejects.toMatchObject({ code: "unavailable" });
    await expect(required.stat(cid)).rejects.toMatchObject({ code: "invalid_state" });
    const patient = await storeOf(kubo.api);
    onTestFinished(async () => patient.stop());
    expect(patient.health()).toMatchObject({
      state: "unavailable",
      reason_code: "unreachable",
    });
    await kubo.restart();
    await expect.poll(() => patient.health().state, { timeout: 10_000 }).toBe("ok");
  });

  async function readUntilItFails(point: number, outage: () => Promise<void>) {
    const pieces: Uint8Array[] = [];
    let length = 0;
    let isOut = false;
    try {
      for await (const piece of store.read(cid)) {
        pieces.push(piece);
        length += piece.length;
        if (isOut || length < point) continue;
        isOut = true;
        await outage();
      }
    } catch (error) {
      return { code: errorCodeOf(error), length, bytes: Buffer.concat(pieces) };
    }
    return { code: "whole", length, bytes: Buffer.concat(pieces) };
  }
});

async function storeOf(api: string, { checkEveryMs = 100 } = {}): Promise<KuboStore> {
  const timeouts = { requestMs: REQUEST_MS, idleMs: 5_000 };
  const store = createKuboStore({ api, timeouts, checkEveryMs });
  await store.start();
  return store;
}
