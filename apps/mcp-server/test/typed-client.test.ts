import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { createServer } from "@ipfs-kit/mcp-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

/** What a developer writes. Run with the address of a server. */
const PROGRAM = `
import createClient from "openapi-fetch";
import type { components, paths } from "./api.d.ts";

const client = createClient<paths>({ baseUrl: process.argv[2] ?? "" });

const { data, error } = await client.GET("/api/v0/pins", { params: { query: { limit: 5 } } });
if (error !== undefined) throw new Error(error.code + ": " + error.detail);
const names: (string | undefined)[] = data.pins.map(({ name }) => name);

const missing = await client.PATCH("/api/v0/metadata/{cid}", {
  params: { path: { cid: "bafkqaaa" } },
  body: { version: 1, tags: ["a"] },
});
const code: components["schemas"]["Problem"]["code"] | undefined = missing.error?.code;

const block = await client.POST("/api/v0/block/stat", { params: { query: { arg: "bafkqaaa" } } });
const size: number | undefined = block.data?.Size;

console.log(JSON.stringify({ names, code, size }));
`;

/** Each is one mistake the types must find. */
const MISTAKES = [
  'await client.GET("/api/v0/pin");',
  'await client.GET("/api/v0/pins", { params: { query: { limit: "five" } } });',
  'await client.GET("/api/v0/exists/{cid}");',
  'await client.PATCH("/api/v0/metadata/{cid}", { params: { path: { cid: "" } }, body: {} });',
  'await client.DELETE("/api/v0/pins");',
  '(await client.GET("/api/v0/version")).data?.versionn;',
  'const never: "no_such_code" | undefined = (await client.GET("/api/v0/stats")).error?.code; never;',
];

let folder: string;

beforeAll(async () => {
  // Below the package, so that what it depends on is found.
  folder = await mkdtemp(join(PACKAGE, ".typed-client-"));
  await mkdir(folder, { recursive: true });
});

afterAll(async () => rm(folder, { recursive: true }));

describe("a typed client", { timeout: 120_000 }, () => {
  it("is made from /openapi.json, compiles and works, and finds mistakes", async () => {
    await using server = createServer({ port: 0, isolation: true });
    await server.start();
    const generator = join(
      dirname(require.resolve("openapi-typescript/package.json")),
      "bin/cli.js",
    );
    await run(process.execPath, [
      generator,
      `${server.url}/openapi.json`,
      "--output",
      join(folder, "api.d.ts"),
    ]);

    expect(await compile("program.ts", PROGRAM)).toEqual([]);
    const { stdout } = await run(process.execPath, [join(folder, "program.ts"), server.url]);
    expect(JSON.parse(stdout)).toEqual({ names: [], code: "not_found", size: 0 });

    const before = PROGRAM.split("const { data")[0]?.replace("components, ", "") ?? "";
    const lines = before.split("\n").length;
    const faults = await compile("mistakes.ts", before + MISTAKES.join("\n"));
    const found = new Set(faults.map((fault) => Number(/\((\d+),/.exec(fault)?.[1]) - lines));
    expect(found).toEqual(new Set(MISTAKES.keys()));
  });
});

/** @returns what the compiler finds wrong */
async function compile(name: string, text: string): Promise<string[]> {
  await writeFile(join(folder, name), text);
  const config = {
    extends: "../../../tsconfig.base.json",
    compilerOptions: { types: ["node"] },
    files: [name],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  try {
    await run(process.execPath, [compiler, "-p", folder]);
    return [];
  } catch (error) {
    const output = error instanceof Object && "stdout" in error ? String(error.stdout) : "";
    const found = output.split("\n").filter((line) => line.includes("error TS"));
    if (found.length === 0) throw error;
    return found;
  }
}
