import type { DescribedCommand } from "@ipfs-kit/gateway/kubo-rpc";

import * as z from "zod/mini";

import type { Access } from "../edge/access.ts";
import type { Fields, Route } from "../routes/route.ts";
import { PARAMETER_FORMATS, PARAMETER_NOTES } from "./field-notes.ts";
import { inlineSchema, type JsonSchema, namedSchemas, refTo } from "./json-schemas.ts";
import { KUBO_SCHEMAS, kuboOperation } from "./kubo-operations.ts";
import { ProblemResponses } from "./problem-responses.ts";
import { securityOf, SECURITY_SCHEMES } from "./security.ts";

export interface OpenApiInit {
  routes: readonly Route[];
  /** The commands of Kubo's RPC. */
  commands: readonly DescribedCommand[];
  /** Of the server. */
  version: string;
}

/** An OpenAPI document, as far as those who show it need to know. */
export interface OpenApiDocument {
  openapi: "3.1.0";
  info: Readonly<Record<string, unknown>> & { title: string; version: string; description: string };
  tags: readonly { name: string; description: string }[];
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  [more: string]: unknown;
}

/** One thing a client can do. */
export interface Operation {
  operationId: string;
  tags: readonly string[];
  summary: string;
  description?: string;
  security: readonly JsonSchema[];
  /** The least role that may; absent when anybody may. */
  "x-required-role"?: Access;
  parameters?: readonly JsonSchema[];
  requestBody?: JsonSchema;
  responses: Readonly<Record<string, JsonSchema>>;
}

/** Describes the HTTP API, from the routes and commands that serve it. */
export function openApiDocument({ routes, commands, version }: OpenApiInit): OpenApiDocument {
  const problems = new ProblemResponses();
  const paths: Record<string, Record<string, Operation>> = {};
  const add = (path: string, method: string, operation: Operation) => {
    const operations = (paths[path] ??= {});
    operations[method.toLowerCase()] = operation;
  };
  for (const route of routes) add(route.path, route.method, operationOf(route, problems));
  for (const command of commands) {
    add(`/api/v0/${command.path}`, "POST", kuboOperation(command, problems));
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "IPFS Kit",
      version,
      summary: "IPFS content, added, kept, described and played by CID.",
      description: DESCRIPTION,
      license: { name: "Apache 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The server this document comes from." }],
    tags: TAGS,
    paths,
    components: {
      schemas: { ...namedSchemas(), ...KUBO_SCHEMAS },
      responses: problems.components,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

const DESCRIPTION = [
  "Every failure is `application/problem+json` (RFC 9457) with a stable `code`; each code has a page at `/reference/errors/<code>`. Unknown fields and parameters are ignored. Every answer has an `X-Request-Id`.",
  "On this machine, while no token exists, everybody is an operator. Otherwise send `Authorization: Bearer ik_…`. Roles are `viewer` (look), `operator` (change) and `admin` (manage tokens); each includes the one before.",
  "GET also answers HEAD; OPTIONS lists the methods of a path. The WebSockets are described in `/asyncapi.json`. Content itself is served by the gateway, at an address of its own that `/api/v0/capabilities` names.",
].join("\n\n");

const TAGS = [
  { name: "content", description: "What is kept, and what is known of it." },
  { name: "server", description: "The server itself." },
  { name: "access", description: "Tokens, tickets and sign-in." },
  {
    name: "kubo",
    description:
      "The RPC of Kubo, so that its clients work here. Commands of Kubo that are not listed answer `not_supported`.",
  },
] as const;

function operationOf(route: Route, problems: ProblemResponses): Operation {
  const { operationId, tag, summary, description, access, params, query, body } = route;
  const parameters = [...parametersIn("path", params), ...parametersIn("query", query)];
  const errors = problems.of({ access, errors: route.errors, hasJsonBody: body !== undefined });
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...accessOf(access),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { "application/json": { schema: refTo(body) } } },
        }),
    responses: { ...errors, ...successes(route) },
  };
}

function accessOf(access: Access): Pick<Operation, "security" | "x-required-role"> {
  const security = securityOf(access);
  return access === "public" ? { security } : { security, "x-required-role": access };
}

function parametersIn(place: "path" | "query", fields: Fields | undefined): JsonSchema[] {
  return Object.entries(fields?.def.shape ?? {}).map(([name, schema]) => ({
    name,
    in: place,
    description: PARAMETER_NOTES[name],
    required: !z.safeParse(schema, undefined).success,
    schema: { ...inlineSchema(schema), ...formatOf(name) },
  }));
}

function formatOf(name: string): { format?: string } {
  const format = PARAMETER_FORMATS[name];
  return format === undefined ? {} : { format };
}

function successes({ responses }: Route): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      {
        description: response.description,
        ...(response.headers === undefined ? {} : { headers: headersOf(response.headers) }),
        ...contentOf(response),
      },
    ]),
  );
}

function contentOf(response: Route["responses"][number]): { content?: JsonSchema } {
  if ("schema" in response) {
    const { schema, example } = response;
    return { content: { "application/json": { schema: refTo(schema), example } } };
  }
  const { mediaType } = response;
  if (mediaType === undefined) return {};
  const type = mediaType.endsWith("json") ? "object" : "string";
  return { content: { [mediaType]: { schema: { type } } } };
}

function headersOf(headers: Readonly<Record<string, string>>): JsonSchema {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => {
      return [name, { description, schema: { type: "string" } }];
    }),
  );
}
