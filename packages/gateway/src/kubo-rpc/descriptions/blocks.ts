import {
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
  whole,
} from "../command-description.ts";
import { MAX_ARGUMENTS } from "../defaults.ts";

const CODECS = ["dag-cbor", "dag-json", "dag-pb", "json", "raw"];
const HASHES = ["sha2-256", "sha2-512"];
const BIG = flag("allow-big-block", false, "Take blocks of more than 1 MiB, up to 2 MiB.");
const PIN = flag("pin", false, "Keep it.");

export const BLOCK_GET: CommandDescription = {
  summary: "Read a block",
  argument: path("cid", "The block."),
  answer: { kind: "bytes", description: "Its bytes." },
  errors: PATH_ERRORS,
};

export const BLOCK_PUT: CommandDescription = {
  summary: "Store blocks",
  files: "Each is the bytes of one block.",
  options: [
    text("cid-codec", "What the bytes are.", { enum: CODECS, default: "raw" }),
    text("mhtype", "The hash in the CID.", { enum: HASHES, default: "sha2-256" }),
    whole("mhlen", "Bytes of the hash; only its full length.", { default: -1 }),
    text("format", "The older name of `cid-codec`; `v0` gives a CID of version 0.", {
      enum: ["v0", "protobuf", "cbor", ...CODECS],
    }),
    PIN,
    BIG,
  ],
  answer: {
    kind: "lines",
    description: "A line for each block, once it is durable.",
    schema: fields({ Key: TEXT, Size: COUNT }),
  },
  errors: ["not_found", "integrity", "too_large", "storage_full"],
};

export const BLOCK_RM: CommandDescription = {
  summary: "Remove blocks",
  description: "A block that is pinned, or not there, is told in its line.",
  argument: path("cid", "The blocks.", MAX_ARGUMENTS),
  options: [
    flag("force", false, "Do not mind blocks that are not there."),
    flag("quiet", false, "Tell only of failures."),
  ],
  answer: {
    kind: "lines",
    description: "A line for each block.",
    schema: fields({ Hash: TEXT, Error: TEXT }, ["Error"]),
  },
  errors: PATH_ERRORS,
};

export const BLOCK_STAT: CommandDescription = {
  summary: "How large a block is",
  argument: path("cid", "The block."),
  answer: {
    kind: "value",
    description: "Its CID and its size.",
    schema: fields({ Key: TEXT, Size: COUNT }),
  },
  errors: PATH_ERRORS,
};

export const DAG_EXPORT: CommandDescription = {
  summary: "Read everything under a root as a CAR",
  argument: path("root", "The root."),
  answer: { kind: "bytes", description: "A CAR of version 1, depth first." },
  errors: PATH_ERRORS,
};

export const DAG_GET: CommandDescription = {
  summary: "Read data",
  argument: path("ref", "A block, or a path into one."),
  options: [text("output-codec", "How it is written.", { enum: CODECS, default: "dag-json" })],
  answer: { kind: "bytes", description: "The data, in that codec." },
  errors: PATH_ERRORS,
};

export const DAG_IMPORT: CommandDescription = {
  summary: "Take in CARs",
  files: "Each is a CAR of version 1 or 2.",
  options: [
    flag("pin-roots", true, "Keep the roots."),
    flag("stats", false, "Tell how many blocks and bytes were taken in."),
  ],
  answer: {
    kind: "lines",
    description: "A line for each root that was kept, then `Stats` if asked for.",
    schema: fields(
      {
        Root: fields({ Cid: LINK, PinErrorMsg: TEXT }),
        Stats: fields({ BlockCount: COUNT, BlockBytesCount: COUNT }),
      },
      ["Root", "Stats"],
    ),
  },
  errors: ["integrity", "not_supported", "too_large", "storage_full", "limit_exceeded"],
};

export const DAG_PUT: CommandDescription = {
  summary: "Store data as blocks",
  files: "Each is the data of one block.",
  options: [
    text("store-codec", "How it is stored.", { enum: CODECS, default: "dag-cbor" }),
    text("input-codec", "How it is sent.", { enum: CODECS, default: "dag-json" }),
    text("hash", "The hash in the CID.", { enum: HASHES, default: "sha2-256" }),
    PIN,
    BIG,
  ],
  answer: {
    kind: "lines",
    description: "A line for each block, once it is durable.",
    schema: fields({ Cid: LINK }),
  },
  errors: ["not_found", "integrity", "too_large", "storage_full"],
};

export const DAG_RESOLVE: CommandDescription = {
  summary: "Follow a path to its last block",
  argument: path("ref", "The path."),
  answer: {
    kind: "value",
    description: "The block, and what of the path lies in it.",
    schema: fields({ Cid: LINK, RemPath: TEXT }),
  },
  errors: PATH_ERRORS,
};

const DAG_STATS = listOf(fields({ Cid: TEXT, Size: COUNT, NumBlocks: COUNT }));

export const DAG_STAT: CommandDescription = {
  summary: "Count the blocks and bytes under roots",
  argument: path("root", "The roots.", MAX_ARGUMENTS),
  options: [flag("progress", true, "Tell now and then how far it is.")],
  answer: {
    kind: "lines",
    description: "The last line has everything.",
    schema: fields(
      {
        UniqueBlocks: COUNT,
        TotalSize: COUNT,
        SharedSize: COUNT,
        Ratio: { type: ["number", "null"] },
        DagStats: DAG_STATS,
      },
      ["UniqueBlocks", "SharedSize", "Ratio"],
    ),
  },
  errors: PATH_ERRORS,
};
