import {
  AbortedError,
  delay,
  noopObserver,
  TaskScope,
  withScope,
  type Outcome,
} from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

/** A task that runs until it is cancelled. */
const forever = async (signal: AbortSignal): Promise<never> => {
  await delay(2 ** 40, { signal });
  throw new Error("unreachable");
};

describe("withScope", () => {
  it("returns when the body and all tasks have ended", async () => {
    const ended: string[] = [];
    const result = await withScope({ name: "two" }, async (scope) => {
      void scope.spawn("slow", async () => {
        await delay(5);
        ended.push("slow");
      });
      ended.push("body");
      return 7;
    });
    expect(result).toBe(7);
    expect(ended).toEqual(["body", "slow"]);
  });

  it("cancels the siblings of a failed task and throws its error", async () => {
    let cancelled = false;
    const work = withScope({ name: "siblings" }, async (scope) => {
      scope.spawn("waits", forever).catch(() => (cancelled = true));
      void scope
        .spawn("fails", async () => {
          throw new Error("broken");
        })
        .catch(() => {});
    });
    await expect(work).rejects.toThrow("broken");
    expect(cancelled).toBe(true);
  });

  it("cancels the tasks when the body throws", async () => {
    const scopes: TaskScope[] = [];
    const work = withScope({ name: "body" }, async (scope) => {
      scopes.push(scope);
      scope.spawn("waits", forever).catch(() => {});
      throw new Error("body broke");
    });
    await expect(work).rejects.toThrow("body broke");
    expect(scopes[0]?.pending).toBe(0);
  });

  it("ends with the outer signal", async () => {
    const controller = new AbortController();
    const work = withScope({ name: "outer", signal: controller.signal }, async (scope) => {
      scope.spawn("waits", forever).catch(() => {});
      controller.abort(new AbortedError("enough"));
    });
    await expect(work).rejects.toThrow("enough");
  });
});

describe("a TaskScope", () => {
  it("in isolate mode keeps the others running when one fails", async () => {
    const scope = new TaskScope({ name: "server", onFailure: "isolate" });
    await expect(
      scope.spawn("fails", async () => {
        throw new Error("broken");
      }),
    ).rejects.toThrow("broken");
    expect(scope.signal.aborted).toBe(false);
    await expect(scope.spawn("works", async () => 1)).resolves.toBe(1);
    await scope.stop();
  });

  it("lets running tasks finish within the grace, and takes no new ones", async () => {
    const scope = new TaskScope({ name: "drain", onFailure: "isolate" });
    const result = scope.spawn("short", async () => {
      await delay(5);
      return "done";
    });
    await scope.stop({ graceMs: 1_000 });
    await expect(result).resolves.toBe("done");
    expect(() => scope.spawn("late", async () => 1)).toThrow(
      expect.objectContaining({ code: "invalid_state" }),
    );
  });

  it("names what is left when a task ignores its cancellation", async () => {
    const scope = new TaskScope({ name: "stuck", onFailure: "isolate" });
    const { promise, resolve } = Promise.withResolvers<void>();
    void scope.spawn("deaf", async () => promise);
    await expect(scope.stop()).rejects.toThrow(/deaf/);
    expect(scope.pendingNames).toEqual(["deaf"]);
    resolve();
    await scope.join();
    expect(scope.pending).toBe(0);
  });

  it("is joined by `await using`", async () => {
    let done = false;
    {
      await using scope = new TaskScope({ name: "using" });
      void scope.spawn("short", async () => {
        await delay(5);
        done = true;
      });
    }
    expect(done).toBe(true);
  });

  it("tells the observer how each task ended", async () => {
    const outcomes: [string, Outcome["status"]][] = [];
    const observer = {
      ...noopObserver,
      taskStarted:
        ({ name }: { name: string }) =>
        ({ status }: Outcome) =>
          void outcomes.push([name, status]),
    };
    const scope = new TaskScope({ name: "seen", onFailure: "isolate", observer });
    await scope.spawn("a", async () => 1);
    await scope
      .spawn("b", async () => {
        throw new Error("no");
      })
      .catch(() => {});
    scope.spawn("c", forever).catch(() => {});
    await scope.stop();
    expect(outcomes).toEqual([
      ["a", "succeeded"],
      ["b", "failed"],
      ["c", "cancelled"],
    ]);
  });
});
