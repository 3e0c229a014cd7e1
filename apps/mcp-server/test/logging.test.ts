import { NotFoundError } from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

import { createLogger, type LoggerInit } from "../src/logging.ts";

const record = (init: Partial<LoggerInit> = {}) => {
  const lines: string[] = [];
  return { lines, logger: createLogger({ write: (line) => lines.push(line), ...init }) };
};

const circular: Record<string, unknown> = { name: "loop" };
circular["self"] = circular;

const hostile = {
  get boom(): string {
    throw new Error("no");
  },
};

const wide = () => Array.from({ length: 1000 }, () => Array.from({ length: 1000 }, () => "x"));

describe("the JSON log", () => {
  it.each<[string, unknown]>([
    ["an error with a cause", new NotFoundError("gone", { cause: new TypeError("deep\nline") })],
    ["a cycle", circular],
    ["an error that causes itself", Object.assign(new Error("a"), { cause: circular })],
    ["a bigint", 2n ** 70n],
    ["newlines and controls", "a\r\nb\u2028c\u001B[2J\0"],
    ["a lone surrogate", "\uD800"],
    ["a getter that throws", hostile],
    ["a toJSON that throws", { toJSON: () => hostile.boom }],
    ["a proxy that throws", new Proxy({}, { ownKeys: () => [hostile.boom] })],
    ["numbers JSON does not know", [Number.NaN, Number.POSITIVE_INFINITY, -0]],
    ["a symbol and a function", [Symbol("s"), () => {}]],
    ["bytes", new Uint8Array(1_000_000)],
    ["maps and sets", new Map([["k", new Set([1])]])],
    ["an impossible date", new Date(Number.NaN)],
    ["a prototype's name", JSON.parse('{"__proto__":{"a":1}}')],
    ["a megabyte", "x".repeat(1_000_000)],
    ["a million values", wide()],
    ["null and undefined", [null, undefined]],
  ])("keeps one object per line for %s", (_what, value) => {
    const { lines, logger } = record();
    logger.child({ component: "test" }).info("it\nhappened", { value });
    expect(lines).toHaveLength(1);
    const [line = ""] = lines;
    expect(line.endsWith("\n")).toBe(true);
    expect(line.slice(0, -1)).not.toContain("\n");
    expect(line.length).toBeLessThan(70_000);
    expect(JSON.parse(line)).toMatchObject({
      level: "info",
      component: "test",
      msg: "it\nhappened",
    });
  });

  it("cuts every field at 8 KiB", () => {
    const { lines, logger } = record();
    logger.warn("y".repeat(20_000), { text: "x".repeat(20_000), list: ["z".repeat(20_000)] });
    const line: Record<string, unknown> = JSON.parse(lines[0] ?? "");
    for (const field of ["msg", "text", "list"]) expect(line[field]).toHaveLength(8 * 1024 + 1);
  });

  it("keeps a field that is called like one of its own", () => {
    const { lines, logger } = record();
    logger.info("real", { msg: "forged", level: "error", time: 0 });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      msg: "real",
      level: "info",
      _msg: "forged",
    });
  });

  it("shows stacks only when told to", () => {
    const quiet = record();
    const loud = record({ stacks: true });
    const error = new Error("why");
    quiet.logger.error("x", { error });
    loud.logger.error("x", { error });
    expect(quiet.lines[0]).not.toContain("logging.test.ts");
    expect(loud.lines[0]).toContain("logging.test.ts");
  });

  it("leaves out what is below its level", () => {
    const { lines, logger } = record({ level: "warn" });
    logger.debug("a");
    logger.info("b");
    logger.warn("c");
    expect(lines).toHaveLength(1);
  });
});

describe("the log on a terminal", () => {
  it("is one line that cannot steer the terminal", () => {
    const { lines, logger } = record({ pretty: true });
    logger.info("a\n\u001B[2J", { name: "\u202Egpj.exe", cid: "bafy", n: 1 });
    const [line = ""] = lines;
    expect(line).toMatch(/INFO {2}a\\u000a\\u001b\[2J name="\\u202egpj\.exe" cid=bafy n=1\n$/);
  });
});
