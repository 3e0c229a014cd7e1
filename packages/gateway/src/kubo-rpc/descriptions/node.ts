import {
  CID_OPTIONS,
  type CommandDescription,
  COUNT,
  fields,
  flag,
  LINK,
  listOf,
  path,
  PATH_ERRORS,
  TEXT,
  text,
} from "../command-description.ts";
import { MAX_ARGUMENTS, MAX_PIN_NAME_BYTES } from "../defaults.ts";

const PINS = fields({ Pins: listOf(TEXT) });
const RECURSIVE = flag("recursive", true, "With everything under it.");
const NAME_LIMIT = { maxLength: MAX_PIN_NAME_BYTES };

export const PIN_ADD: CommandDescription = {
  summary: "Keep content",
  argument: path("ipfs-path", "What to keep.", MAX_ARGUMENTS),
  options: [
    RECURSIVE,
    text("name", "Under which name, of up to 255 bytes.", NAME_LIMIT),
    flag("progress", false, "Send a line now and then while it goes on."),
    ...CID_OPTIONS,
  ],
  answer: {
    kind: "lines",
    description: "The CIDs, once they are kept; before that, lines with `Progress` if asked for.",
    schema: fields({ Pins: listOf(TEXT), Progress: COUNT }, ["Pins", "Progress"]),
  },
  errors: [...PATH_ERRORS, "invalid_state", "storage_full"],
};

const PIN_KINDS = ["direct", "indirect", "recursive", "all"];

export const PIN_LS: CommandDescription = {
  summary: "What is kept",
  argument: { ...path("ipfs-path", "Only these.", MAX_ARGUMENTS), optional: true },
  options: [
    text("type", "Only pins of this kind.", { enum: PIN_KINDS, default: "all" }),
    flag("names", false, "Tell the names."),
    text("name", "Only pins with this in their name.", NAME_LIMIT),
    flag("stream", false, "One line for each pin, in place of one object."),
    ...CID_OPTIONS,
  ],
  answer: {
    kind: "lines",
    description: "One object with `Keys`; with `stream`, a line for each pin.",
    schema: fields(
      {
        Keys: { type: "object", additionalProperties: fields({ Type: TEXT, Name: TEXT }) },
        Cid: TEXT,
        Type: TEXT,
        Name: TEXT,
      },
      ["Keys", "Cid", "Type", "Name"],
    ),
  },
  errors: [...PATH_ERRORS, "limit_exceeded"],
};

export const PIN_RM: CommandDescription = {
  summary: "Keep content no longer",
  description: "Its blocks stay until the next `repo/gc`.",
  argument: path("ipfs-path", "What is kept.", MAX_ARGUMENTS),
  options: [RECURSIVE, ...CID_OPTIONS],
  answer: { kind: "value", description: "The CIDs that were kept.", schema: PINS },
  errors: PATH_ERRORS,
};

export const PIN_UPDATE: CommandDescription = {
  summary: "Keep one root in place of another",
  argument: { ...path("from-path, to-path", "The root that is kept, then the other.", 2) },
  options: [flag("unpin", true, "Keep the first no longer."), ...CID_OPTIONS],
  answer: { kind: "value", description: "Both CIDs.", schema: PINS },
  errors: [...PATH_ERRORS, "invalid_state", "storage_full"],
};

export const REPO_GC: CommandDescription = {
  summary: "Remove what nothing keeps",
  options: [
    flag("silent", false, "Do not name the blocks."),
    flag("stream-errors", false, "Tell a failure in a line of its own too."),
  ],
  answer: {
    kind: "lines",
    description: "A line for each block, once it is gone.",
    schema: fields({ Key: LINK, Error: TEXT }, ["Key", "Error"]),
  },
  errors: ["integrity"],
};

export const REPO_STAT: CommandDescription = {
  summary: "How much is stored",
  options: [flag("size-only", false, "Only the sizes.")],
  answer: {
    kind: "value",
    description: "Bytes, blocks, and where they are.",
    schema: fields({
      RepoSize: COUNT,
      StorageMax: COUNT,
      NumObjects: COUNT,
      RepoPath: TEXT,
      Version: TEXT,
    }),
  },
};

export const REPO_VERIFY: CommandDescription = {
  summary: "Read every block again",
  description: "Ends with a failure when a block is damaged.",
  options: [flag("drop", false, "Not supported."), flag("heal", false, "Not supported.")],
  answer: {
    kind: "lines",
    description: "How far it is, and each damaged block.",
    schema: fields({ Msg: TEXT, Progress: COUNT }),
  },
  errors: ["not_supported", "integrity"],
};

export const ID: CommandDescription = {
  summary: "Who this is in the IPFS network",
  argument: { name: "peerid", description: "Only its own is known.", optional: true },
  answer: {
    kind: "value",
    description: "Its peer id and addresses.",
    schema: fields({
      ID: TEXT,
      PublicKey: TEXT,
      Addresses: listOf(TEXT),
      AgentVersion: TEXT,
      Protocols: listOf(TEXT),
    }),
  },
  errors: ["not_supported"],
};

export const SWARM_PEERS: CommandDescription = {
  summary: "Connected peers",
  answer: {
    kind: "value",
    description: "None, while there is no libp2p node.",
    schema: fields({ Peers: listOf({ type: "object" }) }),
  },
};

export const VERSION: CommandDescription = {
  summary: "The version, in Kubo's form",
  answer: {
    kind: "value",
    description: "The version of this server: it says nowhere that it is Kubo.",
    schema: fields({
      Version: TEXT,
      Commit: TEXT,
      Repo: TEXT,
      System: TEXT,
      Golang: TEXT,
      version: TEXT,
      runtime: TEXT,
    }),
  },
};
