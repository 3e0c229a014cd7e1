import { describe, expect, it } from "vitest";

import { SERVE_FLAGS } from "../src/config/serve-flags.ts";
import { flagOf, variableOf } from "../src/config/setting.ts";
import { faultsOf, FILE, load, type LoadInit } from "./support/load.ts";
import { SAMPLED } from "./support/sample-values.ts";

const config = (init: LoadInit = {}) => load(init).config;
const entryOf = (init: LoadInit, name: string) => {
  const entry = load(init).entries.find(({ setting }) => setting.name === name);
  if (entry === undefined) throw new Error(`there is no ${name}`);
  const { setting, value, origin } = entry;
  return { json: value === undefined ? undefined : setting.kind.toJson(value), origin };
};

describe("the configuration", () => {
  it("has safe defaults when nobody says anything", () => {
    expect(config({ env: { XDG_DATA_HOME: "/data" } })).toEqual({
      host: "127.0.0.1",
      port: 8000,
      gateway: true,
      gatewayHost: "127.0.0.1",
      gatewayPort: 8080,
      contentBackend: "auto",
      kuboApi: undefined,
      memoryCacheBytes: 64 * 1024 ** 2,
      diskCacheBytes: 0,
      persistencePath: "/data/ipfs-kit",
      storageMaxBytes: 0,
      isolation: false,
      allowHosts: [],
      allowOrigins: [],
      publicGateway: false,
      trustedProxies: [],
      insecureNoAuth: false,
      rateLimit: undefined,
      jsonBodyBytes: 1024 ** 2,
      maxSessions: 200,
      maxSessionsPerAddress: 20,
      maxConnections: 12_288,
      firstByteSeconds: 60,
      answerIdleSeconds: 30,
      uploadIdleSeconds: 30,
      drainSeconds: 10,
      logDirectory: undefined,
      logLevel: "info",
      debug: false,
      openBrowser: false,
      reload: false,
      runTests: false,
    });
  });

  it.each(SAMPLED)("takes $name from the file, a variable over it, a flag over both", (sampled) => {
    const { name, setting, samples } = sampled;
    const [first, second] = samples;
    const variable = variableOf(setting);
    const file = { [name]: first.json };
    const env = { [variable]: second.text };
    const args = [`${flagOf(setting)}=${first.text}`];
    expect(entryOf({}, name).origin).toEqual({ from: "default", source: "" });
    expect(entryOf({ file }, name)).toEqual({
      json: first.json,
      origin: { from: "file", source: `${FILE}:1: ${name}` },
    });
    const fromVariable = { json: second.json, origin: { from: "variable", source: variable } };
    expect(entryOf({ file, env }, name)).toEqual(fromVariable);
    const fromFlag = { json: first.json, origin: { from: "flag", source: flagOf(setting) } };
    expect(entryOf({ file, env, args }, name)).toEqual(fromFlag);
  });

  it.each(SAMPLED.filter(({ setting }) => setting.awaits === undefined))(
    "makes $name mean something to the server",
    ({ setting, samples: [sample] }) => {
      const env = { [variableOf(setting)]: sample.text };
      expect(config({ env })).not.toEqual(config());
    },
  );

  it.each(SAMPLED.filter(({ setting }) => setting.awaits !== undefined))(
    "says that $name has no effect yet",
    ({ setting, samples: [sample] }) => {
      const args = [`${flagOf(setting)}=${sample.text}`];
      expect(load({ args }).warnings).toEqual([
        `${flagOf(setting)} has no effect yet: a later version brings ${setting.awaits}.`,
      ]);
      expect(load().warnings).toEqual([]);
    },
  );

  it.each([
    "--debug --port 9999 --host 127.0.0.1 --log-dir ./logs --isolation --webrtc-test --run-tests",
    "--host 127.0.0.1 --port 8000 --debug --isolation --open-browser --test-client --log-level DEBUG",
    "--host 127.0.0.1 --port 8000 --reload --debug --persistence-path ./data --disable-metrics",
    "--metrics-path /metrics --parquet-cache-path ./parquet --memory-cache-size 104857600",
    "--disk-cache-size 1073741824 --disable-webrtc-monitor --webrtc-metrics-port 9090",
    "--disable-webrtc-metrics --disable-optimization --disable-auto-quality --poll-interval 5.0",
    "--visualization-interval 30.0 --report-path ./webrtc_reports --webrtc-config-path ./c.json",
    "--backend bun",
  ])("takes what the documents write: %s", (line) => {
    expect(faultsOf({ args: line.split(" ") })).toEqual([]);
  });

  it("says in the help of a flag that it has no effect yet", () => {
    const idle = SAMPLED.filter(({ setting }) => setting.awaits !== undefined);
    const helps = idle.map(({ setting }) => SERVE_FLAGS.get(flagOf(setting).slice(2))?.help);
    expect(helps.length).toBeGreaterThan(0);
    for (const help of helps) expect(help).toContain("No effect yet");
  });

  it("says nothing of a switch without effect that is off", () => {
    expect(load({ args: ["--webrtc-test=false"] }).warnings).toEqual([]);
  });

  it.each([
    ["0", 0],
    ["1000000", 1_000_000],
    ["500k", 500_000],
    ["3Mi", 3 * 1024 ** 2],
    ["2GiB", 2 * 1024 ** 3],
    ["1TB", 1e12],
  ])("reads %s as a number of bytes", (text, bytes) => {
    expect(config({ env: { IPFS_KIT_STORAGE_MAX: text } }).storageMaxBytes).toBe(bytes);
    expect(config({ file: { storage_max: text } }).storageMaxBytes).toBe(bytes);
    expect(config({ file: { storage_max: bytes } }).storageMaxBytes).toBe(bytes);
  });

  it("takes lists as repeated flags, with commas, and as arrays", () => {
    const args = ["--allow-host=Kit.example,box:81", "--allow-host", "[fd00:0:0::7]:8000"];
    const hosts = ["kit.example", "box:81", "[fd00::7]:8000"];
    expect(config({ args }).allowHosts).toEqual(hosts);
    expect(config({ file: { allow_host: hosts } }).allowHosts).toEqual(hosts);
  });

  it("takes the last of a flag that is given twice", () => {
    expect(config({ args: ["--port=1", "--port", "2", "--debug", "--debug=false"] })).toMatchObject(
      {
        port: 2,
        debug: false,
      },
    );
  });

  it("takes the levels of the log as the documents write them", () => {
    expect(config({ args: ["--log-level", "DEBUG"] }).logLevel).toBe("debug");
    expect(config({ args: ["--log-level", "WARNING"] }).logLevel).toBe("warn");
  });

  it("lets what is left open follow from what is said", () => {
    expect(config({ args: ["--port=0"] }).gatewayPort).toBe(0);
    expect(config({ args: ["--debug"] }).logLevel).toBe("debug");
    expect(config({ args: ["--kubo-api=http://x:5001"] }).diskCacheBytes).toBe(1024 ** 3);
    expect(config({ args: ["--content-backend=kubo"] }).diskCacheBytes).toBe(1024 ** 3);
  });

  it("ignores what Kubernetes sets beside a service of our name, and what commands know", () => {
    const env = {
      IPFS_KIT_PORT: "tcp://10.0.0.1:8000",
      IPFS_KIT_SERVICE_HOST: "10.0.0.1",
      IPFS_KIT_SERVICE_PORT_HTTP: "8000",
      IPFS_KIT_PORT_8000_TCP_ADDR: "10.0.0.1",
      IPFS_KIT_SERVER: "http://kit",
      IPFS_KIT_TOKEN: "secret",
      IPFS_KIT_DEBUG: "",
    };
    const loaded = load({ env });
    expect(loaded.config).toMatchObject({ port: 8000, debug: false });
    expect(loaded.warnings).toEqual([]);
  });

  it("warns of a variable that sets nothing, without its value", () => {
    const { warnings } = load({ env: { IPFS_KIT_PROT: "s3cret", IPFS_KIT_ZZZ: "1", OTHER: "1" } });
    expect(warnings).toEqual([
      'The variable "IPFS_KIT_PROT" sets nothing: did you mean IPFS_KIT_PORT?',
      'The variable "IPFS_KIT_ZZZ" sets nothing: see ipfs-kit serve --help.',
    ]);
  });
});

describe("isolation", () => {
  it.each([
    ["the environment", { env: { IPFS_KIT_PERSISTENCE_PATH: "/data" } }],
    ["the file", { file: { persistence_path: "/data" } }],
  ])("hides a folder that only %s names", (_, init) => {
    expect(config({ ...init, args: ["--isolation"] }).persistencePath).toBeUndefined();
  });

  it("hides a daemon that only the environment names", () => {
    const env = { IPFS_KIT_KUBO_API: "http://kubo:5001", IPFS_KIT_CONTENT_BACKEND: "kubo" };
    expect(config({ env, args: ["--isolation"] })).toMatchObject({
      contentBackend: "auto",
      kuboApi: undefined,
      diskCacheBytes: 0,
    });
    expect(config({ env })).toMatchObject({ contentBackend: "kubo", kuboApi: "http://kubo:5001" });
  });

  it("goes with the store of our own", () => {
    expect(faultsOf({ args: ["--isolation", "--content-backend=embedded"] })).toEqual([]);
  });

  it.each<[LoadInit, string]>([
    [
      { args: ["--persistence-path", "/x", "--isolation"] },
      '--persistence-path "/x" and --isolation exclude each other: isolation makes its own folder.',
    ],
    [
      { args: ["--isolation", "--kubo-api=http://x:5001"] },
      '--kubo-api "http://x:5001" and --isolation exclude each other: isolation contacts no daemon.',
    ],
    [
      { args: ["--content-backend=kubo"], env: { IPFS_KIT_ISOLATION: "1" } },
      '--content-backend "kubo" and IPFS_KIT_ISOLATION exclude each other: isolation contacts no daemon.',
    ],
    [
      { file: { isolation: true, persistence_path: "/x" } },
      `${FILE}:1: persistence_path "/x" and ${FILE}:1: isolation exclude each other: isolation makes its own folder.`,
    ],
  ])("excludes what is said at least as loudly: %j", (init, line) => {
    expect(faultsOf(init)).toEqual([line]);
  });
});
