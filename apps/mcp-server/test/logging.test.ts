import { NotFoundError } from "@ipfs-kit/core";
import type { LogLevel } from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

import { createLogger, type LogOutput } from "../src/logging/create-logger.ts";
import { jsonOutput, type LineWriter } from "../src/logging/json-output.ts";
import { LevelSwitch } from "../src/logging/level-switch.ts";
import { terminalOutput } from "../src/logging/terminal-output.ts";

interface RecordInit {
  output?: (writer: LineWriter) => LogOutput;
  level?: LogLevel;
  stacks?: boolean;
}

const record = ({ output = jsonOutput, level = "info", stacks = false }: RecordInit = {}) => {
  const lines: string[] = [];
  const outputs = [output({ write: (line) => lines.push(line) })];
  const lowest = new LevelSwitch(level);
  return { lines, level: lowest, logger: createLogger({ outputs, level: lowest, stacks }) };
};

const circular: Record<string, unknown> = { name: "loop" };
circular["self"] = circular;

const hostile = {
  get boom(): string {
    throw new Error("no");
  },
};

const wide = () => Array.from({ length: 1000 }, () => Array.from({ length: 1000 }, () => "x"));

const VALUES: [string, unknown][] = [
  ["an error with a cause", new NotFoundError("gone", { cause: new TypeError("deep\nline") })],
  ["a cycle", circular],
  ["an error that causes itself", Object.assign(new Error("a"), { cause: circular })],
  ["a bigint", 2n ** 70n],
  ["newlines and controls", "a\r\nb\u2028c\u001B[2J\0\u0085\u009B2J\u202E"],
  ["a lone surrogate", "\uD800"],
  ["a getter that throws", hostile],
  ["a toJSON that throws", { toJSON: () => hostile.boom }],
  ["a proxy that throws", new Proxy({}, { ownKeys: () => [hostile.boom] })],
  ["numbers JSON does not know", [Number.NaN, Number.POSITIVE_INFINITY, -0]],
  ["a symbol and a function", [Symbol("s"), () => {}]],
  ["bytes", new Uint8Array(1_000_000)],
  ["maps and sets", new Map([["k", new Set([1])]])],
  ["a map of a million", new Map(Array.from({ length: 1_000_000 }, (_, index) => [index, "x"]))],
  ["an impossible date", new Date(Number.NaN)],
  ["a prototype's name", JSON.parse('{"__proto__":{"a":1}}')],
  ["names with quotes and newlines", { 'a"\n,"level":"forged': 1 }],
  ["a megabyte", "x".repeat(1_000_000)],
  ["a million values", wide()],
  ["a thousand long texts", Array.from({ length: 1000 }, () => "token=".repeat(10_000))],
  ["format signs", "%s %d %o %j"],
  ["null and undefined", [null, undefined]],
];

describe("the JSON log", () => {
  it.each(VALUES)("keeps one object per line for %s", (_what, value) => {
    const { lines, logger } = record();
    logger.child({ component: "test" }).info("it\nhappened %s", { value });
    expect(lines).toHaveLength(1);
    const [line = ""] = lines;
    expect(line.endsWith("\n")).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
    expect(line.length).toBeLessThan(70_000);
    expect(JSON.parse(line)).toMatchObject({
      level: "info",
      component: "test",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      msg: "it\nhappened %s",
    });
  });

  it("means what it meant, when something had to be escaped", () => {
    const value = "a\r\nb\u2028c\u001B[2J\0\u0085\u009B2J\u202E";
    const { lines, logger } = record();
    logger.info(value, { value });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ msg: value, value });
  });

  it.each(["err", "error", "__proto__", "constructor", "toJSON", 'a"\n"'])(
    "shows a field called %j as it is",
    (name) => {
      const { lines, logger } = record();
      logger.info("x", Object.fromEntries([[name, { message: "m", n: 1 }]]));
      const line: unknown = JSON.parse(lines[0] ?? "");
      expect(Object.entries(line ?? {})).toContainEqual([name, { message: "m", n: 1 }]);
    },
  );

  it("shows fields that look like a request as fields", () => {
    const { lines, logger } = record();
    logger.info("x", { method: "GET", headers: { host: "a" }, socket: "s" });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      method: "GET",
      headers: { host: "a" },
      _socket: "s",
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
      _level: "error",
      _time: 0,
    });
  });

  it("has each name once, also when a line says anew what its logger says", () => {
    const { lines, logger } = record();
    logger.child({ cid: "a", n: 1 }).info("x", { cid: "b" });
    expect(lines[0]?.match(/"cid"/g)).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ cid: "b", n: 1 });
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

  it("follows a change of the level, children too", () => {
    const { lines, logger, level } = record({ level: "warn" });
    const child = logger.child({ component: "test" });
    child.debug("a");
    level.level = "debug";
    child.debug("b");
    level.level = "error";
    child.warn("c");
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: "debug", msg: "b" }),
    ]);
  });
});

const pretty = () => record({ output: terminalOutput });

describe("the log on a terminal", () => {
  it("is one line that cannot steer the terminal", () => {
    const { lines, logger } = pretty();
    logger.info("a\n\u001B[2J", { name: "\u202Egpj.exe", cid: "bafy", n: 1 });
    const [line = ""] = lines;
    expect(line).toMatch(/INFO {2}a\\u000a\\u001b\[2J name="\\u202egpj\.exe" cid=bafy n=1\n$/);
  });

  it.each(VALUES)("is one line without controls for %s", (_what, value) => {
    const { lines, logger } = pretty();
    logger.info("x", { value, "na\u001Bme": 1 });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
  });
});
