import { describe, expect, it } from "vitest";

import { JsonTextError, plainValue, readJsonText } from "../src/config/json-text.ts";

const GOOD = [
  "{}",
  " [ ] ",
  "0",
  "-0.5e+10",
  '"\\u00e9\\n\\"\\\\/"',
  "true",
  "null",
  '{"a":{"b":[1,2,{"c":null}]},"d":"\u2028 é 🎈"}',
  '\r\n\t{"a"\n:\n1\n,"b":[]}\n',
];

const BAD: ReadonlyArray<[string, string]> = [
  ["", "1:1 a value is needed here, and the text ends"],
  ['{"a":1,}', '1:8 a name in "quotes" is needed here, not }'],
  ['{"a" 1}', "1:6 a : is needed here"],
  ["{a:1}", '1:2 a name in "quotes" is needed here, not "a"'],
  ['{"a":1', "1:7 a comma or } is needed here"],
  ['{"a":1 "b":2}', "1:8 a comma or } is needed here"],
  ["[1,]", "1:4 a value is needed here, not ]"],
  ["// no\n{}", "1:1 a value is needed here; there are no comments in JSON"],
  ['{\n  "a": 1 # no\n}', "2:10 a comma or } is needed here"],
  ["{\n  'a': 1}", '2:3 a name in "quotes" is needed here, not "\'"'],
  ['{"a":"x\ny"}', "1:6 this text in quotes is not closed, or has a \\ too many"],
  ['{"a":"\\x"}', "1:6 this text in quotes is not closed, or has a \\ too many"],
  ['{"a":01}', "1:7 a comma or } is needed here"],
  ['{"a":NaN}', '1:6 a value is needed here, not "NaN"'],
  ['{"a":1}\n\n}', "3:1 nothing may follow the closing bracket"],
];

const whyNot = (text: string): string => {
  try {
    readJsonText(text);
    return "nothing";
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    return `${error.place.line}:${error.place.column} ${error.message}`;
  }
};

describe("readJsonText", () => {
  it.each(GOOD)("reads %j as JSON.parse does", (text) => {
    expect(plainValue(readJsonText(text))).toEqual(JSON.parse(text));
  });

  it.each(BAD)("refuses %j as JSON.parse does, and says where", (text, why) => {
    expect(() => void JSON.parse(text)).toThrow(SyntaxError);
    expect(whyNot(text)).toBe(why);
  });

  it("agrees with JSON.parse about every text with one character changed", () => {
    const text = '{"a":[1,-2.5e3,"x\\n",true,null],"b":{"c":"d"}}';
    const marks = ["", " ", '"', "\\", ",", ":", "{", "}", "[", "]", "0", "-", ".", "e", "t", "\n"];
    for (let at = 0; at < text.length; at += 1) {
      for (const mark of marks) {
        const changed = text.slice(0, at) + mark + text.slice(at + 1);
        const parses = isJson(changed);
        expect([changed, whyNot(changed) === "nothing"]).toEqual([changed, parses]);
      }
    }
  });

  it("stops at the depth no configuration has", () => {
    expect(whyNot("[".repeat(100_000))).toContain("nested too deeply");
  });

  it("reads a mebibyte of one line, and of many lines", () => {
    const many = `[${"1,".repeat(500_000)}1]`;
    expect(readJsonText(many)).toMatchObject({ line: 1 });
    expect(whyNot(many.replaceAll(",", ",\n").slice(0, -1))).toContain("500001:");
    expect(whyNot(`"${"a".repeat(1024 * 1024)}`)).toContain("1:1 this text in quotes");
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
