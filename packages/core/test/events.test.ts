import { Emitter } from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

type Events = { said: string; counted: number };

describe("an Emitter", () => {
  it("calls listeners in order until they are removed", () => {
    const emitter = new Emitter<Events>();
    const heard: string[] = [];
    const remove = emitter.on("said", (text) => heard.push(`a ${text}`));
    emitter.on("said", (text) => heard.push(`b ${text}`));
    emitter.emit("said", "one");
    remove();
    emitter.emit("said", "two");
    emitter.emit("counted", 3);
    expect(heard).toEqual(["a one", "b one", "b two"]);
  });

  it("keeps going when a listener throws, and reports it", () => {
    const errors: [unknown, string][] = [];
    const emitter = new Emitter<Events>((error, event) => errors.push([error, event]));
    const heard: number[] = [];
    emitter.on("counted", () => {
      throw new Error("bad listener");
    });
    emitter.on("counted", (number) => heard.push(number));
    emitter.emit("counted", 1);
    expect(heard).toEqual([1]);
    expect(errors).toEqual([[new Error("bad listener"), "counted"]]);
  });

  it("removes a listener with its signal", () => {
    const emitter = new Emitter<Events>();
    const controller = new AbortController();
    emitter.on("said", () => {}, { signal: controller.signal });
    expect(emitter.listenerCount("said")).toBe(1);
    controller.abort();
    expect(emitter.listenerCount("said")).toBe(0);
    emitter.on("said", () => {}, { signal: controller.signal });
    expect(emitter.listenerCount("said")).toBe(0);
  });

  it("lets a listener remove itself while it is called", () => {
    const emitter = new Emitter<Events>();
    const heard: string[] = [];
    const remove = emitter.on("said", () => {
      remove();
      heard.push("once");
    });
    emitter.on("said", () => heard.push("always"));
    emitter.emit("said", "");
    emitter.emit("said", "");
    expect(heard).toEqual(["once", "always", "always"]);
  });
});
