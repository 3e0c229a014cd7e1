import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { Parser } from "@asyncapi/parser";
import { clientMessageSchema, serverMessageSchema } from "@ipfs-kit/core/wire";
import { describeKuboRpc } from "@ipfs-kit/gateway/kubo-rpc";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";

import { CLIENT_NOTES, SERVER_NOTES } from "../src/asyncapi/signaling-notes.ts";
import { FIELD_NOTES } from "../src/openapi/field-notes.ts";
import type { Route } from "../src/routes/route.ts";
import { allRoutes } from "./support/all-routes.ts";
import { startListener, type TestListener } from "./support/listener.ts";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
/** Errors and warnings; what is below is advice. */
const WORST: number = 1;

const operationSchema = z.looseObject({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.optional(z.array(z.looseObject({ name: z.string(), description: z.string() }))),
  responses: z.record(z.string(), z.unknown()),
});
const documentSchema = z.looseObject({
  openapi: z.literal("3.1.0"),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({
    schemas: z.record(z.string(), z.looseObject({ properties: z.optional(z.looseObject({})) })),
  }),
});

let server: TestListener;
let document: z.infer<typeof documentSchema>;

beforeAll(async () => {
  server = await startListener();
  document = documentSchema.parse(await (await fetch(`${server.url}/openapi.json`)).json());
});

afterAll(async () => server[Symbol.asyncDispose]());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      Object.assign({ path, method }, operation),
    ),
  );

describe("/openapi.json", () => {
  it("has nothing Redocly would complain of", { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "ipfs-kit-redocly-"));
    const file = join(folder, "openapi.json");
    await writeFile(file, JSON.stringify(document));
    const program = join(dirname(require.resolve("@redocly/cli/package.json")), "bin/cli.js");
    const quiet = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
    const { stdout } = await run(process.execPath, [program, "lint", "--format=json", file], {
      cwd: folder,
      env: { ...process.env, ...quiet },
    });
    await rm(folder, { recursive: true });
    expect(JSON.parse(stdout)).toMatchObject({
      totals: { errors: 0, warnings: 0, ignored: 0 },
    });
  });

  it("has every route that is served, and every command of Kubo", () => {
    const described = operations().map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    const served = [
      ...allRoutes().map(({ method, path }) => `${method} ${path}`),
      ...describeKuboRpc().map(({ path }) => `POST /api/v0/${path}`),
    ];
    expect(described.toSorted()).toEqual(served.toSorted());
  });

  it("names each operation once, and says what each parameter is", () => {
    const ids = operations().map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operationId, parameters = [] } of operations()) {
      for (const { name, description } of parameters) {
        expect({ operationId, name, description }).not.toMatchObject({ description: "" });
      }
    }
  });

  it("says who may use an operation as the route does", () => {
    const byId = new Map(operations().map((operation) => [operation.operationId, operation]));
    for (const { operationId, access } of allRoutes()) {
      const { security = [] } = byId.get(operationId) ?? {};
      const roles = security.flatMap((way) => Object.values(way).flat());
      expect([operationId, ...new Set(roles)]).toEqual(
        access === "public" ? [operationId] : [operationId, access],
      );
    }
  });

  it("says something of fields that are there", () => {
    for (const [name, notes] of Object.entries(FIELD_NOTES)) {
      const fields = Object.keys(document.components.schemas[name]?.properties ?? {});
      expect([name, ...fields]).toEqual(expect.arrayContaining([name, ...Object.keys(notes)]));
    }
  });

  it("shows examples that have the form they are examples of", () => {
    for (const { operationId, responses } of allRoutes()) {
      for (const example of examplesOf(responses)) {
        const { error } = z.safeParse(example.schema, example.value);
        expect([operationId, error]).toEqual([operationId, undefined]);
      }
    }
  });
});

describe("/asyncapi.json", () => {
  it("has nothing the parser of AsyncAPI would complain of", { timeout: 60_000 }, async () => {
    const text = await (await fetch(`${server.url}/asyncapi.json`)).text();
    const { document: parsed, diagnostics } = await new Parser().parse(text);
    expect(diagnostics.filter(({ severity }: { severity: number }) => severity <= WORST)).toEqual(
      [],
    );
    const types = parsed
      ?.messages()
      .all()
      .map((message) => message.name());
    expect(types?.toSorted()).toEqual(
      [...Object.keys(CLIENT_NOTES), ...Object.keys(SERVER_NOTES)].toSorted(),
    );
  });

  it("shows examples that have the form they are examples of", () => {
    for (const { example } of Object.values(CLIENT_NOTES)) {
      expect(clientMessageSchema.parse(example)).toEqual(example);
    }
    for (const { example } of Object.values(SERVER_NOTES)) {
      expect(serverMessageSchema.parse(example)).toEqual(example);
    }
  });
});

function examplesOf(responses: Route["responses"]) {
  return Object.values(responses).flatMap((response) =>
    "schema" in response ? [{ schema: response.schema, value: response.example }] : [],
  );
}
