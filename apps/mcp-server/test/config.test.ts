import { describe, expect, it } from "vitest";

import { parseInvocation } from "../src/config.ts";
import { ConfigError } from "../src/errors.ts";
import { helpText } from "../src/flags.ts";

const serve = (args: string[], env: Record<string, string> = {}) => {
  const invocation = parseInvocation(args, env);
  if (invocation.kind !== "serve") throw new Error(`it is ${invocation.kind}`);
  return invocation.config;
};

describe("the command line", () => {
  it("means the defaults when it says nothing, with or without the command", () => {
    expect(serve([])).toEqual(serve(["serve"]));
    expect(serve([])).toMatchObject({ host: undefined, port: undefined, logLevel: "info" });
  });

  it("reads every flag", () => {
    const args = ["--host", "::1", "--port=0", "--persistence-path", "/data", "--debug"];
    args.push("--allow-host=Kit.example,box:81", "--allow-host", "[fd00::7]:8000");
    args.push("--allow-origin", "https://app.example/", "--drain-seconds=3", "--open-browser");
    args.push("--storage-max=50G", "--memory-cache-size=32Mi", "--disk-cache-size", "2G");
    args.push("--gateway-host=127.0.0.2", "--gateway-port=0", "--disable-gateway");
    args.push("--content-backend=kubo", "--kubo-api", "/ip4/127.0.0.1/tcp/5002");
    args.push("--upload-idle-seconds=7", "--insecure-no-auth", "--log-level", "warn");
    expect(serve(args)).toEqual({
      host: "::1",
      port: 0,
      persistencePath: "/data",
      gateway: false,
      gatewayHost: "127.0.0.2",
      gatewayPort: 0,
      contentBackend: "kubo",
      kuboApi: "/ip4/127.0.0.1/tcp/5002",
      memoryCacheBytes: 32 * 1024 ** 2,
      diskCacheBytes: 2_000_000_000,
      storageMaxBytes: 50_000_000_000,
      isolation: false,
      allowHosts: ["kit.example", "box:81", "[fd00::7]:8000"],
      allowOrigins: ["https://app.example"],
      insecureNoAuth: true,
      drainSeconds: 3,
      uploadIdleSeconds: 7,
      debug: true,
      logLevel: "warn",
      openBrowser: true,
    });
  });

  it("wins over the environment, which wins over the defaults", () => {
    const env = { IPFS_KIT_PORT: "9000", IPFS_KIT_DEBUG: "1", IPFS_KIT_ALLOW_HOST: "a,b" };
    expect(serve([], env)).toMatchObject({ port: 9000, debug: true, allowHosts: ["a", "b"] });
    expect(serve(["--port", "1"], env)).toMatchObject({ port: 1 });
    expect(serve(["--debug=false"], env)).toMatchObject({ debug: false, logLevel: "info" });
  });

  it.each([
    ["0", 0],
    ["1000000", 1_000_000],
    ["500k", 500_000],
    ["3Mi", 3 * 1024 ** 2],
    ["2GiB", 2 * 1024 ** 3],
    ["1TB", 1e12],
  ])("reads %s as a number of bytes", (text, bytes) => {
    const read = serve([], { IPFS_KIT_STORAGE_MAX: text });
    expect(read.storageMaxBytes).toBe(bytes);
  });

  it("turns hosts into the form clients send", () => {
    const args = ["--allow-host", "[fd00:0:0::7],[FD00::8]:081,Kit.Example:80"];
    expect(serve(args).allowHosts).toEqual(["[fd00::7]", "[fd00::8]:81", "kit.example:80"]);
  });

  it("lets isolation hide a folder that only the environment names", () => {
    const env = { IPFS_KIT_PERSISTENCE_PATH: "/data" };
    expect(serve(["--isolation"], env)).toMatchObject({
      isolation: true,
      persistencePath: undefined,
    });
  });

  it("lets isolation hide a daemon that only the environment names", () => {
    const env = { IPFS_KIT_KUBO_API: "http://kubo:5001", IPFS_KIT_CONTENT_BACKEND: "kubo" };
    expect(serve(["--isolation"], env)).toMatchObject({
      contentBackend: "embedded",
      kuboApi: undefined,
    });
    expect(serve([], env)).toMatchObject({ contentBackend: "kubo", kuboApi: "http://kubo:5001" });
  });

  it("is not confused by what Kubernetes sets beside a service of our name", () => {
    expect(serve([], { IPFS_KIT_PORT: "tcp://10.0.0.1:8000" })).toMatchObject({ port: undefined });
  });

  it("shows help and version, whatever else it says", () => {
    expect(parseInvocation(["--port", "1", "--help"], {})).toEqual({ kind: "help" });
    expect(parseInvocation(["--version"], {})).toEqual({ kind: "version" });
    expect(helpText()).toContain("--insecure-no-auth");
  });

  it.each([
    [["--prot", "1"], /--prot.*--port/],
    [["-p", "1"], /-p.*--port/],
    [["--port", "http"], /--port "http".*0 to 65535/],
    [["--port", "65536"], /--port "65536".*0 to 65535/],
    [["--port", "-1"], /--port "-1".*0 to 65535/],
    [["--port"], /--port needs a value/],
    [["--port", "--debug"], /--port needs a value/],
    [["--host", "a b"], /--host "a b".*host name/],
    [["--host", "127.0.0.1:80"], /--host "127.0.0.1:80".*without a port/],
    [["--persistence-path="], /--persistence-path needs a value/],
    [["--persistence-path", "/x", "--isolation"], /"\/x" and --isolation exclude/],
    [["--isolation", "--kubo-api=http://x:5001"], /--kubo-api "http.*--isolation exclude.*daemon/],
    [["--isolation", "--content-backend=kubo"], /--content-backend "kubo" and --isolation/],
    [["--content-backend", "ipfs"], /--content-backend "ipfs".*embedded, kubo, auto/],
    [["--kubo-api", "5001"], /--kubo-api "5001".*tcp\/5001/],
    [["--gateway-port", "x"], /--gateway-port "x".*0 to 65535/],
    [["--memory-cache-size", "much"], /--memory-cache-size "much".*Gi/],
    [["--isolation=maybe"], /--isolation "maybe".*true/],
    [["--log-level", "loud"], /--log-level "loud".*debug, info, warn, error/],
    [["--allow-host", "http://x"], /--allow-host "http:\/\/x"/],
    [["--allow-host", "x:99999"], /--allow-host "x:99999"/],
    [["--allow-origin", "*"], /--allow-origin "\*".*no wildcard/],
    [["--allow-origin", "https://*.example"], /no wildcard/],
    [["--allow-origin", "https://a.example/path"], /exact origin/],
    [["--allow-origin", "null"], /exact origin/],
    [["--storage-max", "50X"], /--storage-max "50X".*Gi/],
    [["--storage-max", "-1"], /--storage-max "-1".*bytes/],
    [["--storage-max", "999999999999T"], /--storage-max/],
    [["--drain-seconds", "601"], /0 to 600/],
    [["server"], /"server".*serve/],
    [["serve", "8000"], /"8000" belongs to no flag/],
    [["--port", "\u001B[2Jx\n"], /--port "\\u001b\[2Jx\\n"/],
  ])("refuses %j in one line that names flag, value and what is allowed", (args, message) => {
    expect(() => serve(args)).toThrow(ConfigError);
    expect(() => serve(args)).toThrow(message);
    expect(() => serve(args)).not.toThrow(/\n/);
  });

  it("names the variable when the environment is wrong", () => {
    expect(() => serve([], { IPFS_KIT_PORT: "x" })).toThrow(/IPFS_KIT_PORT "x".*0 to 65535/);
  });
});
