import type { ErrorCode } from "@ipfs-kit/core";

/** A short sentence that says what happened, and what to do about it, for each code. */
interface Advice {
  title: string;
  todo: string;
}

const ADVICE: Readonly<Record<ErrorCode, Advice>> = {
  invalid_request: {
    title: "The server did not understand the request",
    todo: "Reload the page; page and server may be of different versions.",
  },
  invalid_cid: {
    title: "That is not a CID",
    todo: "Copy the CID again; it begins with “bafy”, “bafk” or “Qm”.",
  },
  not_found: {
    title: "This content is not here",
    todo: "Add the file to this server first, then play it.",
  },
  not_a_file: {
    title: "This CID is a folder",
    todo: "Play one of the files in it by its own CID.",
  },
  empty_content: { title: "This file is empty", todo: "Add a file that has something in it." },
  not_media: {
    title: "This is not audio or video",
    todo: "Only media can be played. If it is media, its container is not one we can read.",
  },
  corrupt_media: {
    title: "This file is damaged",
    todo: "Make or download it again, then add it again.",
  },
  unplayable: {
    title: "Browsers cannot play this",
    todo: "Or convert the file to VP8 with Opus yourself, and add it again.",
  },
  transcode_failed: {
    title: "The conversion failed",
    todo: "Try again. If it fails again, convert the file to H.264 or VP8 with Opus first.",
  },
  no_common_codec: {
    title: "This browser cannot play what the server offers",
    todo: "Try another browser, or convert the file to VP8 with Opus.",
  },
  negotiation_failed: {
    title: "Browser and server did not agree",
    todo: "Try again. If it fails again, update the server or the browser.",
  },
  connection_failed: {
    title: "The connection was lost",
    todo: "Check that UDP passes between this browser and the server, then try again.",
  },
  integrity: {
    title: "The bytes do not match their CID",
    todo: "They were not used. Add the file again from a good copy.",
  },
  invalid_state: { title: "That does not work just now", todo: "Try again in a moment." },
  limit_exceeded: {
    title: "The server is at its limit",
    todo: "Close other players, or wait a moment, then try again.",
  },
  too_large: {
    title: "That is too large",
    todo: "Use a smaller file, or raise the server's limit.",
  },
  storage_full: {
    title: "The storage is full",
    todo: "Remove content, or give the server more room with --storage-max.",
  },
  timeout: { title: "It took too long", todo: "Try again. The server may be busy." },
  aborted: { title: "Cancelled", todo: "Start again when you like." },
  unavailable: {
    title: "The server cannot be reached",
    todo: "Check that it runs, then try again.",
  },
  not_supported: {
    title: "This server cannot do that",
    todo: "Update the server.",
  },
  host_not_allowed: {
    title: "The server does not answer to this address",
    todo: "Open it under the address it printed at its start.",
  },
  origin_not_allowed: {
    title: "The server does not allow this page",
    todo: "Start the server with --allow-origin and the address of this page.",
  },
  method_not_allowed: {
    title: "The server does not know this request",
    todo: "Update the server.",
  },
  unauthenticated: {
    title: "The server asks you to sign in",
    todo: "Use a token, or a fresh login link of the server.",
  },
  forbidden: {
    title: "You may not do that",
    todo: "Sign in with a token of a higher role.",
  },
  rate_limited: {
    title: "Too many requests",
    todo: "Wait a moment, then try again.",
  },
  data_directory: {
    title: "The server cannot use its data folder",
    todo: "Read the server's log.",
  },
  internal: { title: "Something went wrong", todo: "Try again, and read the server's log." },
};

export function adviceFor(code: ErrorCode): Advice {
  return ADVICE[code];
}
