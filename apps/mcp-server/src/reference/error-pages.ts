import type { ErrorCode } from "@ipfs-kit/core";

/** Who can do something about a failure. */
export type Mender = "caller" | "content" | "far end" | "operator" | "nobody" | "maintainers";

/** What is to be said of a code. */
export interface ErrorPage {
  /** One sentence. */
  meaning: string;
  mender: Mender;
  /** Other HTTP statuses it is sent with, and when. */
  also?: string;
  /** What to do, one sentence each. May quote commands in backticks. */
  remedies: readonly string[];
}

/** The page of each code: in `docs/errors/`, at `/reference/errors/<code>` and in the API description. */
export const ERROR_PAGES: Readonly<Record<ErrorCode, ErrorPage>> = {
  invalid_request: {
    meaning: "The input does not have the documented form.",
    mender: "caller",
    also: "415 for a body that is announced as something else than JSON, 417 for an unknown `Expect`",
    remedies: [
      "`errors[]` names each parameter, or each place in the JSON body, that is wrong and what is allowed there.",
      "Sending the same again gives the same answer.",
    ],
  },
  invalid_cid: {
    meaning: "The text is not a CID whose bytes can be verified here.",
    mender: "caller",
    remedies: [
      "Copy the whole CID: one character more or less makes it another one.",
      "Hashes other than sha2-256, sha2-512 and identity cannot be verified here, and are refused.",
    ],
  },
  not_found: {
    meaning: "Nothing is known under that CID, id or path.",
    mender: "caller",
    remedies: [
      "Check the CID with `ipfs-kit stat <cid>`: only content held here, or in the Kubo daemon behind it, can be found.",
      "Content that is not pinned may have been collected: add it again.",
    ],
  },
  not_a_file: {
    meaning: "The CID names a folder, or no UnixFS, where a file is needed.",
    mender: "caller",
    remedies: [
      "`ipfs-kit ls <cid>` shows what is in it: name a file, as `<cid>/<path>`.",
      "`ipfs-kit get <cid>` takes whole folders.",
    ],
  },
  empty_content: {
    meaning: "The content has no bytes, so there is nothing to play.",
    mender: "content",
    remedies: ["Check the file before it is added: it was empty then."],
  },
  not_media: {
    meaning: "The bytes are not audio or video in a container that can be read here.",
    mender: "content",
    remedies: [
      "Fetch it from the gateway instead: only audio and video can be played.",
      "If it is media, put it into MP4, WebM, Matroska, Ogg, WAV, MP3 or MPEG-TS.",
    ],
  },
  corrupt_media: {
    meaning: "The container is damaged or cut short.",
    mender: "content",
    remedies: [
      "Play the file locally: if it stops there too, the file itself is broken.",
      "Otherwise add it again: the bytes under this CID are the damaged ones, and stay so.",
    ],
  },
  unplayable: {
    meaning: "It is understood, but nothing here can turn it into something a browser plays.",
    mender: "operator",
    remedies: [
      "Install ffmpeg on the server; `ipfs-kit doctor` says whether it was found.",
      "Or convert the file to H.264 or VP8 with AAC or Opus before it is added.",
    ],
  },
  transcode_failed: {
    meaning: "The conversion to a form that browsers play failed.",
    mender: "content",
    remedies: [
      "The server's log has what the converter said, under the `request_id`.",
      "Convert the file with a program of your choice, and add the result.",
    ],
  },
  no_common_codec: {
    meaning: "The far end accepted none of the tracks that were offered.",
    mender: "far end",
    remedies: [
      "Use a browser or player that takes H.264 or VP8, and Opus.",
      "`details` names the codecs that were offered.",
    ],
  },
  negotiation_failed: {
    meaning: "The description or candidate of the far end was refused.",
    mender: "far end",
    remedies: [
      "Answer the last offer of the server, unchanged, and with the same `pc_id`.",
      "A description has at most 32 KiB.",
    ],
  },
  connection_failed: {
    meaning: "The connection to the far end could not be made, or died.",
    mender: "far end",
    remedies: [
      "Check that UDP gets through between both ends; firewalls and VPNs are the usual reason.",
      "Ask for a new offer, or send `restart_ice`.",
    ],
  },
  integrity: {
    meaning: "Bytes did not match the CID they were stored or sent under, and were not handed out.",
    mender: "operator",
    also: "422 for content that matches its CID and was made wrong, or was sent so",
    remedies: [
      "`ipfs-kit repo verify` reads every block again and names the damaged ones: a disk may be failing.",
      "Of something that was sent, send it again: it changed on the way.",
    ],
  },
  invalid_state: {
    meaning: "The object is not in the state the call needs, or has changed since it was seen.",
    mender: "caller",
    remedies: [
      "Read it again, and decide again: `details` may say what it is now.",
      "Content that is pinned cannot be removed before it is unpinned.",
    ],
  },
  limit_exceeded: {
    meaning: "A published limit (sessions, sizes, depth, calls at once) is reached.",
    mender: "caller",
    remedies: [
      "`GET /api/v0/capabilities` lists the limits in force.",
      "With `Retry-After` in the answer, try again after it; without, ask for less at a time.",
    ],
  },
  too_large: {
    meaning: "A single message, header, body or block is larger than allowed.",
    mender: "caller",
    also: "431 for a header",
    remedies: [
      "Send less at a time; files go through `POST /api/v0/add`, which has no limit of size.",
      "`GET /api/v0/capabilities` lists the limits in force.",
    ],
  },
  storage_full: {
    meaning: "The storage quota or the disk is full; nothing of this request was kept.",
    mender: "operator",
    remedies: [
      "Unpin what is no longer needed, then `ipfs-kit gc`.",
      "Raise `--storage-max`, or give the server a larger disk with `--persistence-path`.",
    ],
  },
  timeout: {
    meaning: "A deadline passed before the work was done.",
    mender: "nobody",
    also: "408 when the request itself came too slowly",
    remedies: [
      "Try again: whatever was waited for may have been busy.",
      "With status 408 the request itself came too slowly: send it faster.",
    ],
  },
  aborted: {
    meaning: "The caller cancelled, or went away before it had its answer.",
    mender: "caller",
    remedies: ["Ask again when the answer is wanted."],
  },
  unavailable: {
    meaning: "A needed part is missing, down or stopping; trying later may help.",
    mender: "operator",
    remedies: [
      "`GET /api/v0/health` says which part, and why.",
      "With `Retry-After` in the answer the server is about to restart.",
    ],
  },
  not_supported: {
    meaning: "The protocol knows this request; this server does not do it.",
    mender: "caller",
    remedies: [
      "`GET /api/v0/capabilities` says what it does.",
      "Leave out the option that the message names.",
    ],
  },
  host_not_allowed: {
    meaning: "The `Host` header is not one this server answers to.",
    mender: "operator",
    remedies: [
      "Use the address the server printed when it was ready.",
      "Or start it with `--allow-host <name>`: other names are refused so that no web page can reach it by one of its own (DNS rebinding).",
    ],
  },
  origin_not_allowed: {
    meaning: "A web page of another origin asked.",
    mender: "operator",
    remedies: [
      "Start the server with `--allow-origin <origin>`, exactly as the browser writes it, e.g. `https://app.example`.",
      "Programs other than browsers send no `Origin`: leave it out.",
    ],
  },
  method_not_allowed: {
    meaning: "The path exists, the method does not.",
    mender: "caller",
    remedies: ["The header `Allow` lists the methods there are. Kubo's commands are all POST."],
  },
  unauthenticated: {
    meaning: "A token is needed, and there was none, or one that is not known, or has expired.",
    mender: "caller",
    remedies: [
      "Send `Authorization: Bearer ik_…`; the command takes it from `IPFS_KIT_TOKEN`.",
      "`ipfs-kit token create` makes one on the machine of the server.",
    ],
  },
  forbidden: {
    meaning: "Whoever asks is known, and the role of their token is too small for this.",
    mender: "operator",
    remedies: [
      "Use a token of the role the message names; `viewer` < `operator` < `admin`.",
      "`ipfs-kit token create --role <role>` makes one.",
    ],
  },
  rate_limited: {
    meaning: "Too many requests came from one token or address.",
    mender: "caller",
    remedies: [
      "Wait for as many seconds as `Retry-After` says.",
      "An operator can raise `--rate-limit`, or give each program a token of its own.",
    ],
  },
  data_directory: {
    meaning: "The data directory cannot be used, or another process has it.",
    mender: "operator",
    remedies: [
      "Stop the other server, or give this one another folder with `--persistence-path`.",
      "Check that the folder exists, can be written to, and is on a disk that works.",
    ],
  },
  internal: {
    meaning: "A fault in IPFS Kit itself.",
    mender: "maintainers",
    remedies: [
      "The server's log has more under the `request_id`; `--debug` shows it in the answer as well.",
      "Please report it, with what was asked and that part of the log.",
    ],
  },
};
