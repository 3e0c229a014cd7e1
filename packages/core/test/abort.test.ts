import { abortable, abortReason, anySignal, delay, withTimeout } from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

describe("withTimeout", () => {
  it("gives the result when it comes in time", async () => {
    await expect(withTimeout(1_000, "work", async () => 5)).resolves.toBe(5);
  });

  it("rejects at the deadline and tells the work", async () => {
    let told: AbortSignal | undefined;
    const work = withTimeout(5, "the slow thing", async (signal) => {
      told = signal;
      await delay(2 ** 30, { signal });
    });
    await expect(work).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringContaining("the slow thing"),
    });
    expect(told?.aborted).toBe(true);
  });

  it("does not wait for work that ignores its signal", async () => {
    await expect(withTimeout(5, "deaf", async () => new Promise(() => {}))).rejects.toMatchObject({
      code: "timeout",
    });
  });
});

describe("cancelling", () => {
  it("rejects at once, also when the signal has already fired", async () => {
    const signal = AbortSignal.abort();
    await expect(delay(2 ** 30, { signal })).rejects.toMatchObject({ code: "aborted" });
    await expect(abortable(new Promise(() => {}), signal)).rejects.toMatchObject({
      code: "aborted",
    });
  });

  it("leaves no failure behind that nobody handles", async () => {
    // The test run itself fails on an unhandled rejection.
    const failing = Promise.reject(new Error("too late"));
    const signal = AbortSignal.abort();
    await expect(abortable(failing, signal)).rejects.toMatchObject({ code: "aborted" });
    let started = false;
    const work = async () => {
      started = true;
      throw new Error("should not run");
    };
    await expect(withTimeout(1_000, "it", work, { signal })).rejects.toMatchObject({
      code: "aborted",
    });
    expect(started).toBe(false);
    await delay(1);
  });

  it("with a platform time-out is a time-out", async () => {
    const signal = AbortSignal.timeout(1);
    await expect(abortable(new Promise(() => {}), signal)).rejects.toMatchObject({
      code: "timeout",
    });
    expect(abortReason(signal).code).toBe("timeout");
  });

  it("joins signals, leaving out those not given", () => {
    const controller = new AbortController();
    expect(anySignal(undefined, controller.signal)).toBe(controller.signal);
    const joined = anySignal(controller.signal, new AbortController().signal);
    controller.abort();
    expect(joined.aborted).toBe(true);
  });
});
