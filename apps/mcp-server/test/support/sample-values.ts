import { ALL_SETTINGS } from "../../src/config/setting-names.ts";
import type { Setting } from "../../src/config/setting.ts";

/** Two values that are not the default, as text; of a switch the second is its default. */
const TEXTS: Readonly<Record<string, readonly [string, string]>> = {
  host: ["::1", "localhost"],
  gateway_host: ["127.0.0.9", "::1"],
  kubo_api: ["http://127.0.0.1:5001", "/ip4/127.0.0.1/tcp/5002"],
  persistence_path: ["/data/a", "/data/b"],
  parquet_cache_path: ["/data/a", "/data/b"],
  log_dir: ["/log/a", "/log/b"],
  report_path: ["/r/a", "/r/b"],
  webrtc_config_path: ["/c/a.json", "/c/b.json"],
  metrics_path: ["/m", "/internal/metrics"],
  libp2p_listen: ["/ip4/127.0.0.1/tcp/4001", "/ip4/127.0.0.1/udp/4001/quic-v1"],
  allow_host: ["kit.example", "box:81"],
  allow_origin: ["https://app.example", "http://localhost:3000"],
  trusted_proxy: ["10.0.0.0/8", "::1"],
};

export interface Sample {
  /** For a flag or a variable. */
  text: string;
  /** For a file. */
  json: unknown;
}

/** Every setting that can stand in a file, with two values. */
export const SAMPLED = ALL_SETTINGS.filter(({ outsideFile }) => outsideFile !== true).map(
  (setting) => ({ name: setting.name, setting, samples: samplesOf(setting) }),
);

function samplesOf(setting: Setting<unknown>): readonly [Sample, Sample] {
  const [first, second] = textsOf(setting);
  return [sampleOf(setting, first), sampleOf(setting, second)];
}

function textsOf({ name, kind, fallback }: Setting<unknown>): readonly [string, string] {
  const given = TEXTS[name];
  if (given !== undefined) return given;
  if (kind.type === "boolean") return ["true", "false"];
  const { choices, schema } = kind;
  const [first, second] = (choices ?? []).filter((choice) => choice !== fallback);
  if (first !== undefined && second !== undefined) return [first, second];
  const bytes = "anyOf" in schema;
  const { minimum } = schema;
  if (bytes) return ["4096", "8Ki"];
  if (typeof minimum !== "number") throw new Error(`Give ${name} two values here.`);
  return [String(minimum + 3), String(minimum + 4)];
}

function sampleOf({ kind }: Setting<unknown>, text: string): Sample {
  const result = kind.readTexts([text]);
  if (!("value" in result)) throw new Error(`${text}: ${result.allowed}`);
  return { text, json: kind.toJson(result.value) };
}
