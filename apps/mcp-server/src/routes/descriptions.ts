import { type AsyncApiDocument, asyncApiDocument } from "../asyncapi/document.ts";
import type { OpenApiDocument } from "../openapi/document.ts";
import { VERSION } from "../version.ts";
import { defineRoute, type Route } from "./route.ts";

export interface DescriptionsComponents {
  /** Made when somebody asks for it first. */
  openApi: () => OpenApiDocument;
}

const DOCUMENT = { "cache-control": "no-cache", "content-type": "application/json" };

/** `GET /openapi.json` and `GET /asyncapi.json`: public, as whoever writes a client has no token yet. */
export function descriptionRoutes({ openApi }: DescriptionsComponents): Route[] {
  let text: string | undefined;
  return [
    defineRoute({
      method: "GET",
      path: "/openapi.json",
      operationId: "getOpenApi",
      tag: "server",
      summary: "This description",
      access: "public",
      responses: {
        200: { description: "An OpenAPI 3.1 document.", mediaType: "application/json" },
      },
      handler: () => ({
        status: 200,
        body: (text ??= JSON.stringify(openApi())),
        headers: DOCUMENT,
      }),
    }),
    defineRoute({
      method: "GET",
      path: "/asyncapi.json",
      operationId: "getAsyncApi",
      tag: "server",
      summary: "The description of the WebSockets",
      access: "public",
      responses: {
        200: { description: "An AsyncAPI 3.0 document.", mediaType: "application/json" },
      },
      handler: ({ c }) => ({
        status: 200,
        body: JSON.stringify(describeSockets(c.req.header("host"))),
        headers: DOCUMENT,
      }),
    }),
  ];
}

/** @param host the name by which the server was reached: it was checked */
export function describeSockets(host = "127.0.0.1:8000"): AsyncApiDocument {
  return asyncApiDocument({ version: VERSION, host });
}
