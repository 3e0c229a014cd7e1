import { timingSafeEqual } from "node:crypto";

import {
  IpfsKitError,
  LimitExceededError,
  type Logger,
  noopLogger,
  NotFoundError,
  type Startable,
} from "@ipfs-kit/core";
import type { TokenInfo } from "@ipfs-kit/core/wire";

import { LOGIN_MINUTES } from "../defaults.ts";
import type { Caller, Role } from "./access.ts";
import { TokenFile, type TokenFileContent, type TokenRecord } from "./token-file.ts";
import { digestOf, makeToken, randomSecret, splitToken } from "./token-text.ts";

export interface TokenWish {
  /** What it is for, in the words of whoever makes it: 1 to 128 characters. */
  name: string;
  role: Role;
  /** @default it never expires */
  expiresAt?: Date | undefined;
}

export interface TokenStoreInit {
  /** The data folder. */
  folder: string;
  /** @default silent */
  logger?: Logger | undefined;
}

const MAX_TOKENS = 1_000;
const MAX_TOKEN_NAME_CHARACTERS = 128;
/** One-time codes that wait to be used; a new one drops the oldest. */
const MAX_LOGINS = 16;
/** How often a change by another process is looked for; a revoked token works this long at most. */
const LOOK_MS = 1_000;
/** Compared with when there is no such token, so that the time tells nothing. */
const NOBODY = digestOf("");

/** A token of this server, as long as it is in the store. */
class Token implements Caller {
  readonly key: string;
  readonly role: Role;
  readonly record: TokenRecord;
  readonly digest: Buffer;
  /** Set when it is no longer in the store. */
  isRevoked = false;
  readonly #expiresAtMs: number;

  constructor(record: TokenRecord) {
    this.record = record;
    this.key = record.id;
    this.role = record.role;
    this.digest = Buffer.from(record.secret_sha256, "hex");
    this.#expiresAtMs = record.expires_at === undefined ? Infinity : Date.parse(record.expires_at);
  }

  get isExpired(): boolean {
    return Date.now() >= this.#expiresAtMs;
  }

  isCurrent(): boolean {
    return !this.isRevoked && !this.isExpired;
  }
}

/**
 * Who may use this server: the tokens of a data folder. A change by another process (`ipfs-kit token`)
 * is seen within a second once started; a new token at its first use.
 */
export class TokenStore implements Startable {
  readonly #file: TokenFile;
  readonly #logger: Logger;
  #tokens = new Map<string, Token>();
  #logins: TokenFileContent["logins"] = [];
  #version: string | undefined;
  #isNeeded = false;
  #timer: NodeJS.Timeout | undefined;

  constructor({ folder, logger = noopLogger }: TokenStoreInit) {
    this.#file = new TokenFile(folder);
    this.#logger = logger;
  }

  /** Reads the tokens, and sees changes from now on. @throws IpfsKitError `data_directory` */
  async start(): Promise<void> {
    this.refresh();
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Whether requests need a token: as soon as there is one, used up or not. */
  get isNeeded(): boolean {
    return this.#isNeeded;
  }

  /** Whether anyone could sign in. */
  get hasUsable(): boolean {
    return Array.from(this.#tokens.values()).some((token) => token.isCurrent());
  }

  /** Oldest first. */
  list(): TokenInfo[] {
    return Array.from(this.#tokens.values(), infoOf);
  }

  /** Whoever has that token; `undefined` when it is forged, expired or revoked. */
  find(text: string): Caller | undefined {
    const parts = splitToken(text);
    if (parts === undefined) return undefined;
    if (!this.#tokens.has(parts.id)) this.#look();
    const token = this.#tokens.get(parts.id);
    const isRight = timingSafeEqual(digestOf(parts.secret), token?.digest ?? NOBODY);
    return isRight && token?.isCurrent() === true ? token : undefined;
  }

  /**
   * Makes a token. The text is told here once and kept nowhere.
   *
   * @throws IpfsKitError `invalid_request`, `data_directory`; LimitExceededError at 1,000 tokens
   */
  async create({ name, role, expiresAt }: TokenWish): Promise<{ text: string; info: TokenInfo }> {
    const label = name.trim();
    if (label === "" || label.length > MAX_TOKEN_NAME_CHARACTERS) {
      throw new IpfsKitError(
        "invalid_request",
        `The name of a token has 1 to ${MAX_TOKEN_NAME_CHARACTERS} characters.`,
      );
    }
    const { id, secret, text } = makeToken();
    const record: TokenRecord = {
      id,
      name: label,
      role,
      created_at: new Date().toISOString(),
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt.toISOString() }),
      secret_sha256: digestOf(secret).toString("hex"),
    };
    await this.#file.change(({ tokens }) => {
      if (tokens.length >= MAX_TOKENS) {
        throw new LimitExceededError(`There are already ${MAX_TOKENS} tokens: revoke some.`);
      }
      tokens.push(record);
    });
    this.refresh();
    return { text, info: infoOf(new Token(record)) };
  }

  /**
   * Takes a token away: at once here, within a second in a server that runs.
   *
   * @throws NotFoundError; IpfsKitError `data_directory`
   */
  async revoke(id: string): Promise<TokenInfo> {
    const revoked = await this.#file.change((content) => {
      const record = content.tokens.find((token) => token.id === id);
      if (record === undefined) throw new NotFoundError("There is no token with that id.");
      // A file that was changed by hand may have it twice.
      content.tokens = content.tokens.filter((token) => token.id !== id);
      return record;
    });
    this.refresh();
    return infoOf(new Token(revoked));
  }

  /** A code that signs in once, as `admin`, within five minutes. @throws IpfsKitError `data_directory` */
  async createLogin(): Promise<string> {
    const code = randomSecret();
    const expiresAt = new Date(Date.now() + LOGIN_MINUTES * 60_000);
    await this.#file.change((content) => {
      const waiting = content.logins.filter(isWaiting).slice(1 - MAX_LOGINS);
      content.logins = [
        ...waiting,
        { code_sha256: digestOf(code).toString("hex"), expires_at: expiresAt.toISOString() },
      ];
    });
    return code;
  }

  /** Uses up a code. @returns whether it was one, and in time. @throws IpfsKitError `data_directory` */
  async takeLogin(code: string): Promise<boolean> {
    const digest = digestOf(code).toString("hex");
    this.refresh();
    // Strangers may guess: only who guessed right makes us read and write.
    if (!this.#logins.some((login) => login.code_sha256 === digest)) return false;
    return this.#file.change((content) => {
      const found = content.logins.find((login) => login.code_sha256 === digest);
      content.logins = content.logins.filter((login) => login !== found && isWaiting(login));
      return found !== undefined && isWaiting(found);
    });
  }

  /**
   * Reads the file again if it has changed.
   *
   * @throws IpfsKitError `data_directory`; the tokens stay as they were
   */
  refresh(): void {
    const version = this.#file.version();
    if (version === this.#version) return;
    const { tokens, logins } = this.#file.read();
    const before = this.#tokens;
    this.#tokens = new Map(tokens.map((record) => [record.id, keptOrNew(before, record)]));
    for (const [id, token] of before) token.isRevoked = this.#tokens.get(id) !== token;
    this.#logins = logins;
    // A file from which the last token was taken opens the server to everybody, one that vanished must
    // not, nor what is written in its place.
    const hasVanished = version === undefined || before.size === 0;
    this.#isNeeded = tokens.length > 0 || (hasVanished && this.#isNeeded);
    this.#version = version;
  }

  #look(): void {
    try {
      this.refresh();
    } catch (error) {
      // Said once, not every second.
      this.#version = this.#file.version();
      this.#logger.error("the tokens could not be read again, those of before stay", { error });
    }
  }
}

/** Who holds on to an object of a token that did not change goes on with it. */
function keptOrNew(before: ReadonlyMap<string, Token>, record: TokenRecord): Token {
  const known = before.get(record.id);
  const isSame = JSON.stringify(known?.record) === JSON.stringify(record);
  return known !== undefined && isSame ? known : new Token(record);
}

function infoOf({ record, isExpired }: Token): TokenInfo {
  const { id, name, role, created_at, expires_at } = record;
  return {
    id,
    name,
    role,
    created_at,
    ...(expires_at === undefined ? {} : { expires_at }),
    is_expired: isExpired,
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** @param days `undefined` is for ever */
export function daysFromNow(days: number | undefined): Date | undefined {
  return days === undefined ? undefined : new Date(Date.now() + days * DAY_MS);
}

function isWaiting({ expires_at }: { expires_at: string }): boolean {
  return Date.parse(expires_at) > Date.now();
}
