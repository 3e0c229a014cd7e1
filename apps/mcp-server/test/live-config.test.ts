import { describe, expect, it } from "vitest";

import { compareConfigs, LiveConfig } from "../src/config/live-config.ts";
import type { LivePatch } from "../src/config/live-settings.ts";
import { load } from "./support/load.ts";
import { SAMPLED } from "./support/sample-values.ts";

/** A holder of live settings that remembers what it was told. */
function recorder(): { patches: LivePatch[]; apply(patch: LivePatch): void } {
  const patches: LivePatch[] = [];
  return { patches, apply: (patch) => void patches.push(patch) };
}

describe("a configuration that is read again", () => {
  it.each(SAMPLED.filter(({ setting }) => setting.awaits === undefined))(
    "says whether $name changes live or needs a restart",
    (sampled) => {
      const { name, setting, samples } = sampled;
      const before = load({ file: { [name]: samples[0].json } });
      const after = load({ file: { [name]: samples[1].json } });
      const { live, restart } = compareConfigs(before, after);
      expect((setting.live === true ? live : restart).includes(name)).toBe(true);
      expect((setting.live === true ? restart : live).includes(name)).toBe(false);
    },
  );

  it("has no changes when only the place changed a value comes from", () => {
    const file = load({ file: { port: 9, allow_host: ["a"] } });
    const flags = load({ args: ["--port=9", "--allow-host=a"] });
    expect(compareConfigs(file, flags)).toEqual({ live: [], restart: [] });
  });

  it("hands on what can change live, and nothing else", () => {
    const target = recorder();
    const live = new LiveConfig(load({ file: { port: 1, rate_limit: 5 } }), [target]);
    const next = load({
      file: { port: 2, rate_limit: 7, log_level: "warn", allow_host: ["a"] },
    });
    const changes = live.update(next);
    expect(changes).toEqual({ live: ["allow_host", "rate_limit", "log_level"], restart: ["port"] });
    expect(target.patches).toEqual([{ logLevel: "warn", allowHosts: ["a"], rateLimit: 7 }]);
  });

  it("goes back to the default of what is no longer said", () => {
    const target = recorder();
    const file = { rate_limit: 5, allow_origin: ["https://a.example"], log_level: "error" };
    const live = new LiveConfig(load({ file }), [target]);
    live.update(load());
    expect(target.patches).toEqual([{ logLevel: "info", allowOrigins: [], rateLimit: "default" }]);
  });

  it("tells again of what waits for a restart, until the file says what is so", () => {
    const live = new LiveConfig(load({ file: { port: 1 } }), []);
    const second = load({ file: { port: 2, log_level: "warn" } });
    expect(live.update(second)).toEqual({ live: ["log_level"], restart: ["port"] });
    expect(live.update(second)).toEqual({ live: [], restart: ["port"] });
    expect(live.update(load({ file: { port: 1 } }))).toEqual({ live: ["log_level"], restart: [] });
  });
});
