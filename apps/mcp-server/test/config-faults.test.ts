import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DISK_FILES } from "../src/config/config-file.ts";
import { loadConfig } from "../src/config/load-config.ts";
import { faultsOf, FILE, load } from "./support/load.ts";

const WHOLE_PORT = "give a whole number from 0 to 65535";
const BYTES = "give bytes, alone or in k, M, G, T, Ki, Mi, Gi or Ti";
const HOST_HEADER =
  "give a name or address as a Host header has it, e.g. kit.example or [fd00::7]:8000";
const ORIGIN = "give one exact origin such as https://app.example:8443; there is no wildcard";

describe("a wrong command line", () => {
  it.each([
    ["--prot 1", 'There is no flag "--prot": did you mean --port?'],
    ["--allowed-hosts=a", 'There is no flag "--allowed-hosts": did you mean --allow-host?'],
    ["--gateway_port 1", 'There is no flag "--gateway_port": did you mean --gateway-port?'],
    ["--gatewayPort=1", 'There is no flag "--gatewayPort": did you mean --gateway-port?'],
    ["--colour=red", 'There is no flag "--colour": see ipfs-kit serve --help.'],
    ["-p 1", 'There is no flag "-p": see ipfs-kit serve --help.'],
    ["--__proto__=1", 'There is no flag "--__proto__": see ipfs-kit serve --help.'],
    ["8000", 'The argument "8000" belongs to no flag: see ipfs-kit serve --help.'],
    ["--port http", `--port "http" is not allowed: ${WHOLE_PORT}.`],
    ["--port 65536", `--port "65536" is not allowed: ${WHOLE_PORT}.`],
    ["--port -1", `--port "-1" is not allowed: ${WHOLE_PORT}.`],
    ["--port 80.5", `--port "80.5" is not allowed: ${WHOLE_PORT}.`],
    ["--port", `--port needs a value: ${WHOLE_PORT}.`],
    ["--port=", `--port needs a value: ${WHOLE_PORT}.`],
    ["--port --debug", `--port needs a value: ${WHOLE_PORT}.`],
    ["--gateway-port x", `--gateway-port "x" is not allowed: ${WHOLE_PORT}.`],
    [
      "--host a_b",
      '--host "a_b" is not allowed: give an IP address or a host name, without a port.',
    ],
    [
      "--host 127.0.0.1:80",
      '--host "127.0.0.1:80" is not allowed: give an IP address or a host name, without a port.',
    ],
    [
      "--content-backend ipfs",
      '--content-backend "ipfs" is not allowed: give embedded, kubo or auto.',
    ],
    [
      "--kubo-api 5001",
      '--kubo-api "5001" is not allowed: give a URL such as http://127.0.0.1:5001, without name and password, or /ip4/127.0.0.1/tcp/5001.',
    ],
    [
      "--kubo-api http://me:pass@127.0.0.1:5001",
      '--kubo-api "http://me:pass@127.0.0.1:5001" is not allowed: give a URL such as http://127.0.0.1:5001, without name and password, or /ip4/127.0.0.1/tcp/5001.',
    ],
    ["--persistence-path=", "--persistence-path needs a value: give the path of a folder."],
    ["--memory-cache-size much", `--memory-cache-size "much" is not allowed: ${BYTES}.`],
    ["--storage-max 50X", `--storage-max "50X" is not allowed: ${BYTES}.`],
    ["--storage-max -1", `--storage-max "-1" is not allowed: ${BYTES}.`],
    ["--storage-max 999999999999T", `--storage-max "999999999999T" is not allowed: ${BYTES}.`],
    [
      "--max-json-body 1G",
      '--max-json-body "1G" is not allowed: give bytes from 1Ki to 64Mi, alone or in k, M, G, T, Ki, Mi, Gi or Ti.',
    ],
    ["--isolation=maybe", '--isolation "maybe" is not allowed: give 1 or true, 0 or false.'],
    ["--log-level loud", '--log-level "loud" is not allowed: give debug, info, warn or error.'],
    ["--allow-host http://x", `--allow-host "http://x" is not allowed: ${HOST_HEADER}.`],
    ["--allow-host ok.example,x:99999", `--allow-host "x:99999" is not allowed: ${HOST_HEADER}.`],
    ["--allow-origin *", `--allow-origin "*" is not allowed: ${ORIGIN}.`],
    [
      "--allow-origin https://*.example",
      `--allow-origin "https://*.example" is not allowed: ${ORIGIN}.`,
    ],
    [
      "--allow-origin https://a.example/p",
      `--allow-origin "https://a.example/p" is not allowed: ${ORIGIN}.`,
    ],
    ["--allow-origin null", `--allow-origin "null" is not allowed: ${ORIGIN}.`],
    [
      "--trusted-proxy 10.0.0.0/33",
      '--trusted-proxy "10.0.0.0/33" is not allowed: give an IP address, or a network such as 10.0.0.0/8.',
    ],
    [
      "--rate-limit fast",
      '--rate-limit "fast" is not allowed: give a whole number from 0 to 1000000.',
    ],
    [
      "--max-sessions 0",
      '--max-sessions "0" is not allowed: give a whole number from 1 to 100000.',
    ],
    [
      "--drain-seconds 601",
      '--drain-seconds "601" is not allowed: give a whole number from 0 to 600.',
    ],
    ["--poll-interval 0", '--poll-interval "0" is not allowed: give a number from 0.1 to 3600.'],
    [
      "--metrics-path metrics",
      '--metrics-path "metrics" is not allowed: give a path such as /metrics.',
    ],
    ["--backend trio", '--backend "trio" is not allowed: give node, bun or deno.'],
    [
      "--libp2p-listen 4001",
      '--libp2p-listen "4001" is not allowed: give a multiaddr such as /ip4/127.0.0.1/tcp/4001.',
    ],
    ["--config /none.json", '--config "/none.json" cannot be read: there is no such file.'],
  ])("is told in one line: %s", (words, line) => {
    expect(faultsOf({ args: words.split(" ") })).toEqual([line]);
  });

  it("is shown without anything that steers a terminal", () => {
    expect(faultsOf({ args: ["--port", "\u001B[2J\u009Bx\n\u202E"] })).toEqual([
      `--port "\\u001b[2J\\u009bx\\n\\u202e" is not allowed: ${WHOLE_PORT}.`,
    ]);
    expect(faultsOf({ args: ["--port", "9".repeat(10_000)] })).toEqual([
      `--port "${"9".repeat(80)}…" is not allowed: ${WHOLE_PORT}.`,
    ]);
  });

  it("is told whole, together with what is wrong elsewhere", () => {
    const args = ["--prot=1", "--drain-seconds=x"];
    const env = { IPFS_KIT_PORT: "x" };
    expect(faultsOf({ args, env, file: { port: 99_999, hots: [] } })).toEqual([
      'There is no flag "--prot": did you mean --port?',
      '--drain-seconds "x" is not allowed: give a whole number from 0 to 600.',
      `IPFS_KIT_PORT "x" is not allowed: ${WHOLE_PORT}.`,
      `${FILE}:1: there is no setting "hots": did you mean host?`,
      `${FILE}:1: port 99999 is not allowed: ${WHOLE_PORT}.`,
    ]);
  });
});

describe("a wrong variable", () => {
  it.each([
    ["IPFS_KIT_PORT", "x", WHOLE_PORT],
    ["IPFS_KIT_DEBUG", "yes", "give 1 or true, 0 or false"],
    ["IPFS_KIT_ALLOW_ORIGIN", "*", ORIGIN],
    ["IPFS_KIT_DISK_CACHE_SIZE", "1 GB", BYTES],
  ])("is told in one line: %s=%s", (variable, text, allowed) => {
    const line = `${variable} ${JSON.stringify(text)} is not allowed: ${allowed}.`;
    expect(faultsOf({ env: { [variable]: text } })).toEqual([line]);
  });
});

describe("a wrong configuration file", () => {
  it.each([
    ['{"port": "x"}', `port "x" is not allowed: ${WHOLE_PORT}.`],
    ['{"port": "8000"}', `port "8000" is not allowed: ${WHOLE_PORT}, without quotes.`],
    ['{"port": 8000.5}', `port 8000.5 is not allowed: ${WHOLE_PORT}.`],
    ['{"port": null}', `port null is not allowed: ${WHOLE_PORT}.`],
    ['{"port": {"number": 1}}', `port {"number":1} is not allowed: ${WHOLE_PORT}.`],
    ['{"debug": "true"}', 'debug "true" is not allowed: give true or false.'],
    ['{"debug": 1}', "debug 1 is not allowed: give true or false."],
    ['{"log_level": "loud"}', 'log_level "loud" is not allowed: give debug, info, warn or error.'],
    ['{"log_dir": ""}', 'log_dir "" is not allowed: give the path of a folder.'],
    ['{"storage_max": -1}', `storage_max -1 is not allowed: ${BYTES}.`],
    ['{"storage_max": "lots"}', `storage_max "lots" is not allowed: ${BYTES}.`],
    ['{"storage_max": 1e300}', `storage_max 1e+300 is not allowed: ${BYTES}.`],
    ['{"allow_host": "a"}', `allow_host "a" is not allowed: ${HOST_HEADER}, in a list: ["…"].`],
    ['{"allow_host": ["a", 1]}', `allow_host 1 is not allowed: ${HOST_HEADER}.`],
    ['{"allow_origin": ["https://a.example", "*"]}', `allow_origin "*" is not allowed: ${ORIGIN}.`],
    ['{"prot": 1}', 'there is no setting "prot": did you mean port?'],
    ['{"gatewayPort": 1}', 'there is no setting "gatewayPort": did you mean gateway_port?'],
    ['{"gateway-port": 1}', 'there is no setting "gateway-port": did you mean gateway_port?'],
    ['{"colour": "red"}', 'there is no setting "colour": see ipfs-kit serve --help.'],
    ['{"__proto__": {"port": 1}}', 'there is no setting "__proto__": see ipfs-kit serve --help.'],
    ['{"constructor": 1}', 'there is no setting "constructor": see ipfs-kit serve --help.'],
    ['{"port": 1, "port": 2}', "port is given twice: keep one."],
    ['{"config": "/x"}', "config cannot stand in a file: give --config."],
    ["[]", 'a configuration is one object: {"port": 8000}.'],
    ["8000", 'a configuration is one object: {"port": 8000}.'],
  ])("is told in one line: %s", (file, rest) => {
    expect(faultsOf({ file })).toEqual([`${FILE}:1: ${rest}`]);
  });

  it("is told with the line and column where it is no JSON", () => {
    const file = '{\n  "port": 8000,\n  "debug": tru\n}';
    expect(faultsOf({ file })).toEqual([
      `${FILE}:3:12: this is no JSON: a value is needed here, not "tru".`,
    ]);
    expect(faultsOf({ file: "" })).toEqual([
      `${FILE}:1:1: this is no JSON: a value is needed here, and the text ends.`,
    ]);
  });

  it("is told line by line when several things are wrong", () => {
    const file = '{\n  "port": "x",\n  "debug": false,\n  "hots": [],\n  "drain_seconds": 1000\n}';
    expect(faultsOf({ file })).toEqual([
      `${FILE}:4: there is no setting "hots": did you mean host?`,
      `${FILE}:2: port "x" is not allowed: ${WHOLE_PORT}.`,
      `${FILE}:5: drain_seconds 1000 is not allowed: give a whole number from 0 to 600.`,
    ]);
  });

  it("cannot change what all objects have", () => {
    expect(faultsOf({ file: '{"port": {"__proto__": {"polluted": 1}}}' })).toHaveLength(1);
    expect({}).not.toHaveProperty("polluted");
  });

  it("may name its schema", () => {
    expect(load({ file: { $schema: "./schema.json", port: 9 } }).config.port).toBe(9);
  });
});

describe("the file on the disk", () => {
  let folder: string;
  const read = (env: Record<string, string> = {}, ...args: string[]) =>
    loadConfig(args, { XDG_CONFIG_HOME: folder, ...env }, DISK_FILES);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ipfs-kit-config-"));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it.skipIf(process.platform !== "linux")("is found in the platform's folder", async () => {
    const path = join(folder, "ipfs-kit", "ipfs-kit.json");
    expect(read()).toMatchObject({ path, config: { port: 8000 } });
    await mkdir(join(folder, "ipfs-kit"));
    await writeFile(path, '\uFEFF{"port": 9}');
    expect(read()).toMatchObject({ path, config: { port: 9 } });
    await writeFile(path, "no");
    expect(() => read()).toThrow(`${path}:1:1: this is no JSON: a value is needed here, not "no".`);
  });

  it("is the one that is named", async () => {
    const path = join(folder, "mine.json");
    await writeFile(path, '{"port": 7}');
    expect(read({ IPFS_KIT_CONFIG: path }).config.port).toBe(7);
    expect(read({ IPFS_KIT_CONFIG: "/none" }, `--config=${path}`).config.port).toBe(7);
  });

  it("is refused when it cannot be one", async () => {
    const path = join(folder, "odd.json");
    const refusal = `--config "${path}" cannot be read:`;
    await writeFile(path, `{"port": 7}${" ".repeat(1024 * 1024)}`);
    expect(() => read({}, "--config", path)).toThrow(`${refusal} it has more than 1 MiB.`);
    await writeFile(path, Buffer.from([0x7b, 0xff, 0x7d]));
    expect(() => read({}, "--config", path)).toThrow(`${refusal} it is not UTF-8.`);
    expect(() => read({}, "--config", folder)).toThrow("cannot be read: it is no file.");
    expect(() => read({ IPFS_KIT_CONFIG: folder })).toThrow(/^IPFS_KIT_CONFIG "/);
  });

  it.skipIf(process.platform === "win32")("is never a device, which may have no end", () => {
    expect(() => read({}, "--config", "/dev/zero")).toThrow("cannot be read: it is no file.");
  });

  it.skipIf(process.getuid?.() === 0)("is refused when it may not be read", async () => {
    const path = join(folder, "secret.json");
    await writeFile(path, "{}");
    await chmod(path, 0);
    expect(() => read({}, "--config", path)).toThrow("cannot be read: it is not allowed.");
  });
});
