import { problemSchema } from "@ipfs-kit/core/wire";
import { afterEach, describe, expect, it } from "vitest";

import { startListener, type TestListener, type TestListenerInit } from "./support/listener.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

async function start(init: TestListenerInit): Promise<TestListener> {
  const server = await startListener({ firstByteMs: 100, ...init });
  open.push(server);
  return server;
}

describe("an answer", () => {
  it("that does not begin in time is a 504, and what is done for it is told to stop", async () => {
    const stopped = Promise.withResolvers<unknown>();
    const server = await start({
      store: {
        listPins: async ({ signal } = {}) => {
          signal?.addEventListener("abort", () => stopped.resolve(signal.reason));
          return new Promise(() => {});
        },
      },
    });
    const answer = await fetch(`${server.url}/api/v0/pins`);
    expect(answer.status).toBe(504);
    const problem = problemSchema.parse(await answer.json());
    expect(problem).toMatchObject({ code: "timeout", detail: expect.stringContaining("0.1 s") });
    expect(await stopped.promise).toMatchObject({ code: "timeout" });
    // The connection, and the next request, are as good as before.
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  });

  it("that comes after its time is dropped", async () => {
    const late = Promise.withResolvers<{ pins: [] }>();
    const server = await start({ store: { listPins: async () => late.promise } });
    expect((await fetch(`${server.url}/api/v0/pins`)).status).toBe(504);
    late.resolve({ pins: [] });
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  });

  it("may come late where the work takes what it takes", async () => {
    const done = Promise.withResolvers<void>();
    const server = await start({
      store: {
        collectGarbage: async function* () {
          await done.promise;
          yield* [];
        },
      },
    });
    const call = fetch(`${server.url}/api/v0/repo/gc`, { method: "POST" });
    // Far beyond its time, as the other request shows.
    const other = await start({ store: { listPins: async () => new Promise(() => {}) } });
    expect((await fetch(`${other.url}/api/v0/pins`)).status).toBe(504);
    done.resolve();
    expect((await call).status).toBe(200);
  });

  it("of Kubo's API that does not begin in time fails in Kubo's words", async () => {
    const server = await start({
      store: { stats: async () => new Promise(() => {}) },
    });
    const answer = await fetch(`${server.url}/api/v0/repo/stat`, { method: "POST" });
    expect(await answer.json()).toMatchObject({ error_code: "timeout" });
  });
});
