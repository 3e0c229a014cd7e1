import type { ErrorCode } from "@ipfs-kit/core";
import { errorCodeSchema, type ServerMessage, serverMessageSchema } from "@ipfs-kit/core/wire";

import { MAX_SHOWN_CHARACTERS } from "./defaults.ts";

/**
 * Types that somebody waits for, and the code for one that cannot be read: it must end that wait,
 * not prolong it. Without an offer there is no playback; without the answer to a request there is.
 */
const AWAITED: ReadonlyMap<string, ErrorCode> = new Map([
  ["offer", "negotiation_failed"],
  ["error", "internal"],
  ["control_result", "not_supported"],
  ["stats", "not_supported"],
]);

/**
 * Parses what came over the socket. A type this client does not know is `undefined`. A message that
 * somebody waits for but that does not have the documented form becomes the `error` that says so.
 */
export function readServerMessage(data: unknown): ServerMessage | undefined {
  const json = parseJson(data);
  const parsed = serverMessageSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  if (!isRecord(json) || typeof json["type"] !== "string") return undefined;
  const { type, pc_id: pcId, cid, code, message } = json;
  const unreadable = AWAITED.get(json["type"]);
  if (unreadable === undefined) return undefined;
  const known = errorCodeSchema.safeParse(code);
  return {
    type: "error",
    code: known.success ? known.data : unreadable,
    message:
      type === "error" && typeof message === "string"
        ? message.slice(0, MAX_SHOWN_CHARACTERS)
        : `The server sent a message of type "${type}" that this client cannot read; it may be of another version.`,
    ...(typeof pcId === "string" ? { pc_id: pcId } : {}),
    ...(typeof cid === "string" ? { cid } : {}),
  };
}

function parseJson(data: unknown): unknown {
  if (typeof data !== "string") return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
