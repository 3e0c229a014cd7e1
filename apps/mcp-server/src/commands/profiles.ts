import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { IpfsKitError, NotFoundError } from "@ipfs-kit/core";

import { nearestOf } from "../nearest.ts";
import { configFolderOf } from "../platform-folders.ts";
import type { Environment } from "./command.ts";
import { UsageError } from "./command-exit.ts";
import { textAt } from "./json-fields.ts";

/** A server somebody works with, and what opens it. */
export interface Profile {
  /** Address of its control listener. */
  server: string;
  /** A secret. */
  token?: string | undefined;
}

const NAME = /^\w[\w.-]{0,63}$/;
/** Bits that let others on this machine read or write. */
const OTHERS = 0o077;

/**
 * The profiles of a person, in one JSON file that only they can read:
 * `{"profiles": {"home": {"server": "https://…", "token": "ik_…"}}}`.
 */
export class Profiles {
  readonly path: string;

  constructor(env: Environment) {
    this.path = join(configFolderOf(env), "profiles.json");
  }

  /** All of them, by name. @throws IpfsKitError `invalid_state` for a file that is no list of profiles */
  async all(): Promise<Map<string, Profile>> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (cause) {
      if (hasCode(cause, "ENOENT")) return new Map();
      throw new IpfsKitError("unavailable", `The profiles in ${this.path} cannot be read.`, {
        cause,
      });
    }
    return profilesIn(text, this.path);
  }

  /** @throws NotFoundError naming the one that was probably meant */
  async get(name: string): Promise<Profile> {
    const all = await this.all();
    const found = all.get(name);
    if (found !== undefined) return found;
    const near = nearestOf(name, all.keys());
    const advice =
      near === undefined ? "see ipfs-kit config profile list" : `did you mean ${near}?`;
    throw new NotFoundError(`There is no profile ${JSON.stringify(name)}: ${advice}`);
  }

  /** Adds one, or changes the one of that name. @throws UsageError for a name that cannot be one */
  async set(name: string, profile: Profile): Promise<void> {
    if (!NAME.test(name)) {
      throw new UsageError(
        "The name of a profile has letters, digits, dots, dashes and underscores, at most 64.",
      );
    }
    await this.#save((await this.all()).set(name, profile));
  }

  /** @throws NotFoundError */
  async remove(name: string): Promise<void> {
    await this.get(name);
    const all = await this.all();
    all.delete(name);
    await this.#save(all);
  }

  /** A warning when others on this machine can read the tokens. */
  async warning(): Promise<string | undefined> {
    // Windows keeps rights elsewhere: the folder of a person is theirs there.
    if (process.platform === "win32") return undefined;
    const found = await stat(this.path).catch(() => undefined);
    if (found === undefined || (found.mode & OTHERS) === 0) return undefined;
    return `Others can read the tokens in ${this.path}: run chmod 600 on it, and make new tokens.`;
  }

  /** All or nothing, and never readable by others, not even for a moment. */
  async #save(profiles: ReadonlyMap<string, Profile>): Promise<void> {
    const part = `${this.path}.${process.pid}.part`;
    const text = `${JSON.stringify({ profiles: Object.fromEntries(profiles) }, undefined, 2)}\n`;
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      await writeFile(part, text, { mode: 0o600, flush: true });
      // An older part of another's making keeps its mode.
      await chmod(part, 0o600);
      await rename(part, this.path);
    } catch (cause) {
      await rm(part, { force: true });
      throw new IpfsKitError("unavailable", `The profiles cannot be written to ${this.path}.`, {
        cause,
      });
    }
  }
}

function profilesIn(text: string, path: string): Map<string, Profile> {
  const found = new Map<string, Profile>();
  for (const [name, value] of Object.entries(objectIn(text, path))) {
    const server = textAt(value, "server");
    if (server === undefined) throw unreadable(path, `the profile ${name} names no server`);
    const token = textAt(value, "token");
    found.set(name, { server, ...(token !== undefined && { token }) });
  }
  return found;
}

function objectIn(text: string, path: string): object {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw unreadable(path, "it is no JSON");
  }
  const profiles: unknown =
    typeof file === "object" && file !== null ? Reflect.get(file, "profiles") : undefined;
  if (typeof profiles === "object" && profiles !== null) return profiles;
  throw unreadable(path, 'it has no "profiles"');
}

function unreadable(path: string, why: string): IpfsKitError {
  return new IpfsKitError("invalid_state", `${path} is not a file of profiles: ${why}.`);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
