import { randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { delay, IpfsKitError, TimeoutError } from "@ipfs-kit/core";
import * as z from "zod/mini";

import { makeDurableFolder, syncFolder } from "../durable-folder.ts";
import { ROLES } from "./access.ts";

const sha256Schema = z.string().check(z.regex(/^[a-f\d]{64}$/));

const tokenRecordSchema = z.object({
  id: z.string().check(z.minLength(1)),
  name: z.string(),
  role: z.enum(ROLES),
  created_at: z.iso.datetime(),
  expires_at: z.optional(z.iso.datetime()),
  /** Of the secret, which is nowhere. */
  secret_sha256: sha256Schema,
});

/** A one-time code to sign in with. */
const loginRecordSchema = z.object({ code_sha256: sha256Schema, expires_at: z.iso.datetime() });

const contentSchema = z.object({
  version: z.literal(1),
  tokens: z.array(tokenRecordSchema),
  logins: z.optional(z.array(loginRecordSchema)),
});

/** A token as it is kept. */
export type TokenRecord = z.infer<typeof tokenRecordSchema>;

/** What the file holds. */
export interface TokenFileContent {
  tokens: TokenRecord[];
  logins: z.infer<typeof loginRecordSchema>[];
}

const NAME = "tokens.json";
/** How long a change waits for another one, and after what time that one must have died. */
const LOCK_WAIT_MS = 10_000;
const LOCK_STALE_MS = 5_000;
const LOCK_RETRY_MS = 20;
/** How often a change begins again because it was so slow that another one took its lock. */
const MAX_TRIES = 3;

/**
 * The file of tokens in a data folder. Several processes may change it at once: the server, and the
 * command line beside it. It is replaced as a whole, synced, and only its owner may read it.
 */
export class TokenFile {
  readonly path: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, NAME);
  }

  /** Differs after each change; `undefined` while there is no file. Costs some microseconds. */
  version(): string | undefined {
    const found = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? undefined : `${found.ino}-${found.mtimeNs}-${found.size}`;
  }

  /** @throws IpfsKitError `data_directory` when it cannot be read, or is not what we wrote */
  read(): TokenFileContent {
    try {
      const json: unknown = JSON.parse(readFileSync(this.path, "utf8"));
      const { tokens, logins = [] } = contentSchema.parse(json);
      return { tokens, logins };
    } catch (error) {
      if (codeOf(error) === "ENOENT") return { tokens: [], logins: [] };
      throw unusable(`The file of tokens ${this.path} cannot be read or is damaged.`, error);
    }
  }

  /**
   * Changes what the file holds, one change after the other; on disk when it resolves.
   *
   * @param update may be called again, with what the file holds then
   * @throws IpfsKitError `data_directory`; TimeoutError when another process does not let go of it
   */
  async change<T>(update: (content: TokenFileContent) => T): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const lock = await this.#lock();
      try {
        const content = this.read();
        const result = update(content);
        if (await this.#replace(content, lock)) return result;
      } finally {
        if (await this.#holds(lock)) await rm(this.#lockPath, { force: true });
      }
    }
    throw new TimeoutError(`The file of tokens ${this.path} could not be written in time.`);
  }

  get #lockPath(): string {
    return `${this.path}.lock`;
  }

  /** Whether the lock is still the one that was made under this name. */
  async #holds(lock: string): Promise<boolean> {
    return (await readFile(this.#lockPath, "utf8").catch(() => undefined)) === lock;
  }

  /** @returns false when the lock was lost meanwhile: then nothing was changed */
  async #replace(content: TokenFileContent, lock: string): Promise<boolean> {
    const unfinished = `${this.path}.${randomUUID()}.part`;
    try {
      const file = await open(unfinished, "wx", 0o600);
      try {
        await file.writeFile(`${JSON.stringify({ version: 1, ...content }, null, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      if (!(await this.#holds(lock))) {
        await rm(unfinished, { force: true });
        return false;
      }
      await rename(unfinished, this.path);
      await syncFolder(this.#folder);
      return true;
    } catch (error) {
      await rm(unfinished, { force: true });
      throw unusable(`The file of tokens ${this.path} cannot be written.`, error);
    }
  }

  /** @returns under which name */
  async #lock(): Promise<string> {
    const path = this.#lockPath;
    const name = randomUUID();
    const deadline = performance.now() + LOCK_WAIT_MS;
    for (;;) {
      try {
        await makeDurableFolder(this.#folder);
        await writeFile(path, name, { flag: "wx", mode: 0o600 });
        return name;
      } catch (error) {
        if (codeOf(error) !== "EEXIST") {
          throw unusable(`The folder ${this.#folder} cannot be written to.`, error);
        }
      }
      if (performance.now() > deadline) {
        throw new TimeoutError(`Another process holds ${path}: delete it if none does.`);
      }
      await this.#dropStaleLock(path);
      await delay(LOCK_RETRY_MS);
    }
  }

  /** A change takes milliseconds: a lock that is older was left by a process that died. */
  async #dropStaleLock(path: string): Promise<void> {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Math.abs(Date.now() - found.mtimeMs) > LOCK_STALE_MS) {
      await rm(path, { force: true });
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function unusable(message: string, cause: unknown): IpfsKitError {
  return new IpfsKitError("data_directory", message, { cause });
}
