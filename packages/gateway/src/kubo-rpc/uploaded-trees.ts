import { IpfsKitError, type TreeEntry } from "@ipfs-kit/core";

import { MAX_LINK_BYTES, MAX_NAME_CHARACTERS, MAX_PATH_CHARACTERS } from "./defaults.ts";
import { cleanNames } from "./clean-names.ts";
import type { UploadedFile } from "./multipart-upload.ts";
import { readFilePart } from "./read-file-part.ts";

/** Stands for the name of a file that has none; no name can be this. */
export const UNNAMED = "\0";

/** How Kubo marks what is no file. */
const FOLDER = "application/x-directory";
const SYMLINK = "application/symlink";

export interface UploadedTreesOptions {
  /** The client escapes names as in a query: its own plus signs are escaped. */
  plusIsSpace: boolean;
}

/** The files of an upload as trees to add: each thing at the top, with what stands under it. */
export class UploadedTrees {
  readonly #files: AsyncIterator<UploadedFile>;
  readonly #plusIsSpace: boolean;
  #next: { entry: TreeEntry | undefined } | undefined;

  constructor(files: AsyncIterable<UploadedFile>, { plusIsSpace }: UploadedTreesOptions) {
    this.#files = files[Symbol.asyncIterator]();
    this.#plusIsSpace = plusIsSpace;
  }

  /** What comes next, not taken yet. @throws as the upload; IpfsKitError `invalid_request` */
  async peek(): Promise<TreeEntry | undefined> {
    this.#next ??= { entry: await this.#read() };
    return this.#next.entry;
  }

  /** Everything. */
  async *all(): AsyncGenerator<TreeEntry, void> {
    for (let entry = await this.#take(); entry !== undefined; entry = await this.#take()) {
      yield entry;
    }
  }

  /** The next thing at the top and what directly follows of it. */
  async *one(): AsyncGenerator<TreeEntry, void> {
    const first = await this.#take();
    if (first === undefined) return;
    yield first;
    const under = `${topOf(first)}/`;
    for (;;) {
      const next = await this.peek();
      if (next === undefined || !next.path.startsWith(under)) return;
      await this.#take();
      yield next;
    }
  }

  async #take(): Promise<TreeEntry | undefined> {
    const entry = await this.peek();
    this.#next = undefined;
    return entry;
  }

  async #read(): Promise<TreeEntry | undefined> {
    for (;;) {
      const file = await this.#files.next();
      if (file.done === true) return undefined;
      const { name = "", mediaType, bytes } = file.value;
      const path = cleanPath(decodeName(name, this.#plusIsSpace));
      switch (mediaType) {
        case FOLDER:
          // The folder that is everything: nothing to name.
          if (path === "") continue;
          return { path };
        case SYMLINK: {
          const message = `A link points by at most ${MAX_LINK_BYTES} bytes.`;
          const target = await readFilePart(file.value, MAX_LINK_BYTES, message);
          return { path, content: { symlink: Buffer.from(target).toString() } };
        }
        default:
          return { path: path === "" ? UNNAMED : path, content: bytes };
      }
    }
  }
}

function topOf({ path }: TreeEntry): string {
  return path.split("/", 1)[0] ?? "";
}

/** Kubo's clients escape names as in a URL, browsers do not: what does not decode stays as it is. */
function decodeName(name: string, plusIsSpace: boolean): string {
  try {
    return decodeURIComponent(plusIsSpace ? name.replaceAll("+", " ") : name);
  } catch {
    return name;
  }
}

/** Without a root, and without steps that lead nowhere or up, as Kubo does. */
function cleanPath(name: string): string {
  if (name.length > MAX_PATH_CHARACTERS) throw tooLong();
  const names = cleanNames(name);
  if (names.some(({ length }) => length > MAX_NAME_CHARACTERS)) throw tooLong();
  return names.join("/");
}

function tooLong(): IpfsKitError {
  return new IpfsKitError(
    "invalid_request",
    `A file name has at most ${MAX_NAME_CHARACTERS} characters, a path ${MAX_PATH_CHARACTERS}.`,
  );
}
