import type { DescribedCommand, RpcAnswer } from "@ipfs-kit/gateway/kubo-rpc";

import type { Access } from "../edge/access.ts";
import type { Operation } from "./document.ts";
import type { JsonSchema } from "./json-schemas.ts";
import type { ProblemResponses } from "./problem-responses.ts";
import { securityOf } from "./security.ts";

/** Schemas only the commands of Kubo have. */
export const KUBO_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  KuboFailure: {
    type: "object",
    description:
      "A failure as Kubo's clients read it. Ask for `application/problem+json` to get that.",
    properties: {
      Message: { type: "string", description: "What happened, for people." },
      Code: { type: "integer", description: "1: an argument cannot be read; 0: everything else." },
      Type: { const: "error" },
      error_code: { type: "string", description: "As `code` of a problem." },
      request_id: { type: "string" },
    },
    required: ["Message", "Code", "Type", "error_code"],
  },
};

/** One command of Kubo as an operation. */
export function kuboOperation(command: DescribedCommand, problems: ProblemResponses): Operation {
  const { path, summary, description, errors = [], answer, changes } = command;
  const access: Access = changes ? "operator" : "viewer";
  const body = bodyOf(command);
  const uploads = body === undefined ? [] : [{ code: "timeout", status: 408 } as const];
  return {
    operationId: `kubo${path.split(/[/-]/).map(capital).join("")}`,
    tags: ["kubo"],
    summary,
    ...(description === undefined ? {} : { description }),
    security: securityOf(access),
    "x-required-role": access,
    ...parametersOf(command),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      ...problems.of({ access, errors: [...errors, ...uploads], isKubo: true }),
      200: responseOf(answer),
    },
  };
}

function parametersOf({ argument, options = [] }: DescribedCommand): { parameters?: JsonSchema[] } {
  const parameters: JsonSchema[] = options.map(({ name, description, schema }) => {
    return { name, in: "query", description, schema };
  });
  if (argument !== undefined) {
    const { name, description, max = 1, optional = false, format } = argument;
    const text = { type: "string", minLength: 1, ...(format === undefined ? {} : { format }) };
    parameters.unshift({
      name: "arg",
      in: "query",
      description: `${description} Kubo calls it \`${name}\`.`,
      required: !optional,
      ...(max === 1
        ? { schema: text }
        : {
            style: "form",
            explode: true,
            schema: { type: "array", items: text, minItems: optional ? 0 : 1, maxItems: max },
          }),
    });
  }
  return parameters.length === 0 ? {} : { parameters };
}

function bodyOf({ files }: DescribedCommand): JsonSchema | undefined {
  if (files === undefined) return undefined;
  return {
    required: true,
    description: files,
    content: {
      "multipart/form-data": {
        schema: {
          type: "object",
          properties: {
            file: { type: "array", minItems: 1, items: { type: "string", format: "binary" } },
          },
          required: ["file"],
        },
      },
    },
  };
}

function responseOf(answer: RpcAnswer): JsonSchema {
  const { kind, description } = answer;
  if (kind === "bytes") {
    return {
      description: `${description} An answer that cannot be completed is cut: the connection breaks.`,
      content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
    };
  }
  if (kind === "value") {
    return { description, content: { "application/json": { schema: answer.schema } } };
  }
  return {
    description: `${description} One JSON object per line. An answer that cannot be completed is cut after a line that says why.`,
    headers: {
      "X-Chunked-Output": { description: "1: there are lines.", schema: { type: "string" } },
    },
    content: {
      "application/json": {
        schema: {
          type: "string",
          contentMediaType: "application/x-ndjson",
          contentSchema: answer.schema,
        },
      },
    },
  };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
