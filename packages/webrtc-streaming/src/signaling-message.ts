import { IpfsKitError } from "@ipfs-kit/core";
import {
  claimSchema,
  CLIENT_MESSAGE_TYPES,
  clientMessageSchema,
  MAX_SIGNALING_MESSAGE_BYTES,
  type ClientMessage,
} from "@ipfs-kit/core/wire";

/** The connection, or the content, that a message and the answer to it are about. */
export interface MessageSubject {
  pc_id?: string;
  cid?: string;
}

/**
 * Takes a viewer's message apart.
 *
 * @throws IpfsKitError `too_large`, `invalid_request`, or `not_supported` for a type nobody knows
 */
export function parseMessage(text: string): ClientMessage {
  if (Buffer.byteLength(text) > MAX_SIGNALING_MESSAGE_BYTES) {
    throw new IpfsKitError(
      "too_large",
      `A message has at most ${MAX_SIGNALING_MESSAGE_BYTES} bytes.`,
    );
  }
  const json = parseJson(text);
  if (json === undefined) throw new IpfsKitError("invalid_request", "The message is not JSON.");
  const parsed = clientMessageSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const type = typeof json === "object" && json !== null ? Reflect.get(json, "type") : undefined;
  if (typeof type !== "string") {
    throw new IpfsKitError("invalid_request", 'A message is an object with a "type".');
  }
  if (!CLIENT_MESSAGE_TYPES.some((known) => known === type)) {
    throw new IpfsKitError("not_supported", "There is no message of that type.");
  }
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join(".") ?? "";
  throw new IpfsKitError(
    "invalid_request",
    `"${type}" is not as it should be${where === "" ? "" : `: look at "${where}"`}.`,
  );
}

/** What a message that cannot be used says it is about, so that its sender can tell which one it was. */
export function subjectClaimedBy(text: string): MessageSubject {
  if (text.length > MAX_SIGNALING_MESSAGE_BYTES) return {};
  const { success, data } = claimSchema.safeParse(parseJson(text));
  if (!success) return {};
  const { pc_id, cid } = data;
  return pc_id === undefined ? { ...(cid !== undefined && { cid }) } : { pc_id };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a message is about, for the answer to it. */
export function subjectOf(message: ClientMessage): MessageSubject {
  if ("pc_id" in message && message.pc_id !== undefined) return { pc_id: message.pc_id };
  return message.type === "offer_request" ? { cid: message.cid } : {};
}
