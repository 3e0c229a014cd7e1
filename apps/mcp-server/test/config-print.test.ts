import { describe, expect, it } from "vitest";
import { z } from "zod";

import { configSchema } from "../src/config/json-schema.ts";
import { numberKind } from "../src/config/kinds.ts";
import { configLines, configRecord } from "../src/config/print-config.ts";
import { flagOf, variableOf } from "../src/config/setting.ts";
import { faultsOf, FILE, load, type LoadInit } from "./support/load.ts";
import { SAMPLED } from "./support/sample-values.ts";

const ROUNDS = 300;
const TEMPORARY = new Set(["persistence_path", "kubo_api", "content_backend"]);
const schema = z.fromJSONSchema(configSchema());

/** Numbers that look random and are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Some settings, each said by a flag, a variable or both. */
function someConfiguration(seed: number): LoadInit {
  const random = numbers(seed);
  const args: string[] = [];
  const env: Record<string, string> = {};
  for (const { name, setting, samples } of SAMPLED) {
    const [first, second] = samples;
    const place = random.next().value;
    const text = (random.next().value < 0.5 ? first : second).text;
    // A flag for them beside isolation would be refused.
    if (place < 0.25 && !TEMPORARY.has(name)) args.push(`${flagOf(setting)}=${text}`);
    else if (place < 0.25 || place > 0.75) env[variableOf(setting)] = text;
  }
  // A flag, so that what a variable says is hidden and not refused.
  delete env["IPFS_KIT_ISOLATION"];
  if (random.next().value < 0.3) args.push("--isolation");
  return { args, env };
}

const seeds = Array.from({ length: ROUNDS }, (_, at) => at + 1);

describe("the printed configuration", () => {
  it("means the same as a file, whatever it says", () => {
    for (const seed of seeds) {
      const init = someConfiguration(seed);
      const before = load(init);
      const printed = configRecord(before.entries);
      const after = load({ file: printed });
      expect({ seed, init, ...after.config }).toEqual({ seed, init, ...before.config });
      expect(configRecord(after.entries)).toEqual(printed);
      expect(schema.safeParse(printed).error).toBeUndefined();
    }
  });

  it("shows where each value comes from", () => {
    const { entries } = load({
      args: ["--port=1"],
      env: { IPFS_KIT_STORAGE_MAX: "50G" },
      file: { allow_host: ["a"] },
    });
    const record = configRecord(entries, { origin: true });
    expect(record).toMatchObject({
      host: { value: "127.0.0.1", from: "default" },
      port: { value: 1, from: "flag", source: "--port" },
      storage_max: { value: 50e9, from: "variable", source: "IPFS_KIT_STORAGE_MAX" },
      allow_host: { value: ["a"], from: "file", source: `${FILE}:1: allow_host` },
      kubo_api: { value: null, from: "default" },
    });
    const lines = configLines(entries, { origin: true });
    expect(lines).toContainEqual(expect.stringMatching(/^port += 1 +# --port$/));
    expect(lines).toContainEqual(
      expect.stringMatching(/^storage_max += 50G +# IPFS_KIT_STORAGE_MAX$/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^log_dir += +# default: no files$/));
    expect(configLines(entries)).toContainEqual(expect.stringMatching(/^port += 1$/));
  });

  it("never has a secret in it", () => {
    const setting = {
      name: "pin_code",
      kind: numberKind(0, 9999),
      section: "Access",
      help: "",
      secret: true,
    } as const;
    const origin = { from: "variable", source: "IPFS_KIT_PIN_CODE" } as const;
    const entries = [{ setting, value: 1234, origin }];
    expect(configRecord(entries)).toEqual({});
    expect(configRecord(entries, { origin: true })).toEqual({
      pin_code: { value: null, ...origin },
    });
    expect(configLines(entries)).toEqual(["pin_code = (secret)"]);
  });
});

describe("the schema of the file", () => {
  it.each(SAMPLED)("takes $name as the server does", ({ name, samples }) => {
    for (const { json } of samples) {
      expect(schema.safeParse({ [name]: json }).success).toBe(true);
      expect(faultsOf({ file: { [name]: json } })).toEqual([]);
    }
    expect(schema.safeParse({ [name]: null }).success).toBe(false);
    expect(faultsOf({ file: { [name]: null } })).toHaveLength(1);
  });

  it.each([{ prot: 1 }, { port: "8000" }, { port: 65_536 }, { log_level: "loud" }, { debug: 1 }])(
    "refuses %j as the server does",
    (file) => {
      expect(schema.safeParse(file).success).toBe(false);
      expect(faultsOf({ file })).toHaveLength(1);
    },
  );

  it("takes sizes as text", () => {
    expect(schema.safeParse({ storage_max: "50Gi", $schema: "x" }).success).toBe(true);
    expect(schema.safeParse({ storage_max: "50X" }).success).toBe(false);
  });
});
