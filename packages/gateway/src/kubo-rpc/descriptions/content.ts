import {
  CID_OPTIONS,
  type CommandDescription,
  COUNT,
  fields,
  flag,
  listOf,
  path,
  PATH_ERRORS,
  TEXT,
  text,
  whole,
} from "../command-description.ts";
import { MAX_ARGUMENTS } from "../defaults.ts";

const PIN_NAME = "Under which name it is kept, of up to 255 bytes.";

export const ADD: CommandDescription = {
  summary: "Add files and folders",
  description:
    "Streamed, in constant memory, of any size. A line with `Hash` comes once what it names is durable; what no line was sent for is not visible. The name of a part is its path: `folder/file.txt`. Options of Kubo that would change the CID and are not supported are refused.",
  files: "Files. A part of type `application/x-directory` is a folder.",
  options: [
    whole("cid-version", "0 gives the CIDs Kubo has always given.", { enum: [0, 1], default: 1 }),
    flag("raw-leaves", true, "Leaves are raw blocks; by default so with CIDs of version 1."),
    text("chunker", "How files are cut, as `size-<bytes>`.", { pattern: "^size-[1-9][0-9]{0,8}$" }),
    flag("wrap-with-directory", false, "Put everything into one folder."),
    flag("pin", true, "Keep it."),
    text("pin-name", PIN_NAME, { maxLength: 255 }),
    flag("only-hash", false, "Only tell the CIDs; nothing is kept."),
    flag("progress", false, "Tell how far each file is."),
    flag("silent", false, "Tell nothing of what was added."),
    ...CID_OPTIONS,
  ],
  answer: {
    kind: "lines",
    description: "A line for each file and folder, and lines with `Bytes` while one is read.",
    schema: fields({ Name: TEXT, Hash: TEXT, Size: TEXT, Bytes: COUNT }, ["Hash", "Size", "Bytes"]),
  },
  errors: ["not_supported", "too_large", "storage_full"],
};

export const CAT: CommandDescription = {
  summary: "Read files",
  description: "Several are read one after the other.",
  argument: path("ipfs-path", "Files to read.", MAX_ARGUMENTS),
  options: [
    whole("offset", "Bytes to leave out at the start.", { minimum: 0, default: 0 }),
    whole("length", "Bytes to read at most.", { minimum: 0 }),
  ],
  answer: { kind: "bytes", description: "Their bytes." },
  errors: [...PATH_ERRORS, "not_a_file"],
};

export const GET: CommandDescription = {
  summary: "Read a file or folder as a tar archive",
  argument: path("ipfs-path", "What to read."),
  options: [
    flag("archive", false, "Make an archive even of a single compressed file."),
    flag("compress", false, "Compress with gzip."),
    whole("compression-level", "How much, from 1 to 9.", { minimum: 1, maximum: 9, default: 6 }),
  ],
  answer: { kind: "bytes", description: "A tar archive; of one file that is compressed, gzip." },
  errors: [...PATH_ERRORS, "not_a_file"],
};

export const LS: CommandDescription = {
  summary: "List folders",
  argument: path("ipfs-path", "Folders, or files whose parts are listed.", MAX_ARGUMENTS),
  options: [
    flag("size", true, "Look up the size of each entry."),
    flag("resolve-type", true, "Look up what each entry is."),
    flag("stream", false, "One line for each entry, in place of one object."),
    ...CID_OPTIONS,
  ],
  answer: {
    kind: "lines",
    description: "One object; with `stream`, a line for each entry.",
    schema: fields({
      Objects: listOf(
        fields({
          Hash: TEXT,
          Links: listOf(
            fields({
              Name: TEXT,
              Hash: TEXT,
              Size: COUNT,
              Type: {
                enum: [0, 1, 2, 4],
                description: "1 folder, 2 file, 4 symbolic link, 0 not looked at.",
              },
              Target: TEXT,
              Mode: COUNT,
              ModTime: TEXT,
            }),
          ),
        }),
      ),
    }),
  },
  errors: [...PATH_ERRORS, "not_a_file", "limit_exceeded"],
};

export const REFS: CommandDescription = {
  summary: "List the links of nodes",
  argument: path("ipfs-path", "The nodes.", MAX_ARGUMENTS),
  options: [
    text("format", "How a link is told: text with `<src>`, `<dst>` and `<linkname>`.", {
      default: "<dst>",
    }),
    flag("edges", false, "Tell links as `<src> -> <dst>`."),
    flag("unique", false, "Tell each block once."),
    flag("recursive", false, "Follow the links."),
    whole("max-depth", "How deep; -1 is all the way.", { default: -1 }),
    ...CID_OPTIONS,
  ],
  answer: {
    kind: "lines",
    description: "A line for each link; one with `Err` where it could not go on.",
    schema: fields({ Ref: TEXT, Err: TEXT }),
  },
  errors: PATH_ERRORS,
};

export const RESOLVE: CommandDescription = {
  summary: "Shorten a path",
  argument: path("name", "The path."),
  options: CID_OPTIONS,
  answer: {
    kind: "value",
    description: "The shortest path that leads to the same.",
    schema: fields({ Path: TEXT }),
  },
  errors: PATH_ERRORS,
};

export const FILES_STAT: CommandDescription = {
  summary: "What a path under /ipfs/ is",
  description: "There is no mutable file system here.",
  argument: { name: "path", description: "A path that begins with `/ipfs/`." },
  options: [flag("with-local", false, "Not supported."), ...CID_OPTIONS],
  answer: {
    kind: "value",
    description: "What it is.",
    schema: fields(
      {
        Hash: TEXT,
        Size: COUNT,
        CumulativeSize: COUNT,
        Blocks: COUNT,
        Type: { enum: ["directory", "file"] },
        Mode: TEXT,
      },
      ["Mode"],
    ),
  },
  errors: [...PATH_ERRORS, "not_a_file"],
};
