import {
  clientMessageSchema,
  MAX_SIGNALING_MESSAGE_BYTES,
  serverMessageSchema,
} from "@ipfs-kit/core/wire";
import type * as z from "zod/mini";

import { inlineSchema, type JsonSchema } from "../openapi/json-schemas.ts";
import { CLOSE } from "../ws/close-codes.ts";
import { SIGNALING_PATHS } from "../ws/signaling-routes.ts";
import { CLIENT_NOTES, SERVER_NOTES } from "./signaling-notes.ts";

export interface AsyncApiInit {
  /** Of the server. */
  version: string;
  /** Name and port under which it is reached, e.g. `127.0.0.1:8000`. */
  host: string;
}

/** A message as those who show it need it. */
export interface DescribedMessage {
  name: string;
  title: string;
  summary: string;
  contentType: "application/json";
  payload: JsonSchema;
  examples: readonly { name: string; payload: unknown }[];
}

/** An AsyncAPI document, as far as those who show it need to know. */
export interface AsyncApiDocument {
  asyncapi: "3.0.0";
  info: { title: string; version: string; description: string; license: object };
  channels: {
    signaling: { address: string; description: string; messages: JsonSchema; bindings: object };
  };
  components: { messages: Readonly<Record<string, DescribedMessage>>; [more: string]: unknown };
  [more: string]: unknown;
}

/** Describes the WebSocket that viewers use, from the schemas that check its messages. */
export function asyncApiDocument({ version, host }: AsyncApiInit): AsyncApiDocument {
  const fromClient = messagesOf(clientMessageSchema, CLIENT_NOTES, "client");
  const fromServer = messagesOf(serverMessageSchema, SERVER_NOTES, "server");
  const messages = { ...fromClient, ...fromServer };
  const [address = "", ...aliases] = SIGNALING_PATHS;
  const channel = "#/channels/signaling";
  const refs = (names: object) =>
    Object.keys(names).map((name) => ({ $ref: `${channel}/messages/${name}` }));
  return {
    asyncapi: "3.0.0",
    info: {
      title: "IPFS Kit signaling",
      version,
      description: DESCRIPTION,
      license: { name: "Apache-2.0" },
    },
    defaultContentType: "application/json",
    servers: {
      this: {
        host,
        protocol: "ws",
        description: "The server this document comes from.",
        security: [
          { $ref: "#/components/securitySchemes/token" },
          { $ref: "#/components/securitySchemes/ticket" },
        ],
      },
    },
    channels: {
      signaling: {
        address,
        description: `Aliases for older clients: ${aliases.join(", ")}.`,
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: { ws: { method: "GET", bindingVersion: "0.1.0" } },
      },
    },
    operations: {
      receiveFromViewer: {
        action: "receive",
        channel: { $ref: channel },
        summary: "What a viewer may say.",
        messages: refs(fromClient),
      },
      sendToViewer: {
        action: "send",
        channel: { $ref: channel },
        summary: "What the server may say.",
        messages: refs(fromServer),
      },
    },
    components: { messages, securitySchemes: SECURITY_SCHEMES },
  };
}

const DESCRIPTION = [
  "Viewers ask for content by CID and get it over WebRTC. The server makes the offer. Unknown fields are ignored; a type that is not known is answered with `error`.",
  `A message has at most ${MAX_SIGNALING_MESSAGE_BYTES} bytes. A socket owns the connections it made: they end with it.`,
  `Close codes: 1007 not UTF-8 or JSON, ${CLOSE.policy} not allowed, 1009 too large, ${CLOSE.restart} the server stops (the reason holds \`retry_after\`), ${CLOSE.tryLater} too many, ${CLOSE.signedOut} signed out, ${CLOSE.slowConsumer} the far end takes nothing.`,
].join("\n\n");

const SECURITY_SCHEMES = {
  token: { type: "http", scheme: "bearer", description: "Programs send their token." },
  ticket: {
    type: "httpApiKey",
    in: "header",
    name: "Sec-WebSocket-Protocol",
    description:
      "Pages of other origins send `ipfs-kit.v1` and a ticket from `POST /api/v0/ws-ticket`; a dashboard that is signed in needs neither.",
  },
};

type Notes = Readonly<Record<string, { summary: string; example: unknown }>>;

/** Both sides say `candidate`: names carry who speaks. */
function messagesOf(
  union: z.ZodMiniDiscriminatedUnion<readonly z.ZodMiniObject[]>,
  notes: Notes,
  side: "client" | "server",
): Record<string, DescribedMessage> {
  return Object.fromEntries(
    union.def.options.map((schema) => {
      const payload = inlineSchema(schema);
      const type = typeOf(payload);
      const note = notes[type];
      if (note === undefined) throw new Error(`Nothing is said of the message "${type}".`);
      const message: DescribedMessage = {
        name: type,
        title: type,
        summary: note.summary,
        contentType: "application/json",
        payload,
        examples: [{ name: type, payload: note.example }],
      };
      return [`${side}.${type}`, message];
    }),
  );
}

/** The one `type` a message has. */
function typeOf({ properties }: JsonSchema): string {
  const type: unknown = properties instanceof Object ? Reflect.get(properties, "type") : undefined;
  const value: unknown = type instanceof Object ? Reflect.get(type, "const") : undefined;
  return String(value);
}
