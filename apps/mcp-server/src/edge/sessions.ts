import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import type { Caller, Role } from "./access.ts";
import { SecretMap } from "./secret-map.ts";

const MAX_SESSIONS = 1_000;
const SESSION_SECONDS = 12 * 60 * 60;
/** Looked at, of the cookies of a host. */
const MAX_COOKIES = 256;
const SECRET = /^[\w-]{43}$/;

/** Who signs in with a one-time code: it is told to nobody who may not make tokens. */
const BY_CODE: Role = "admin";

/**
 * Browsers that signed in, by the secret in their cookie. In memory: a restart signs everybody out.
 * A cookie is sent to every port of a host, hence one name for each port.
 */
export class Sessions {
  readonly #sessions = new SecretMap<Caller>({
    lifeMs: SESSION_SECONDS * 1000,
    max: MAX_SESSIONS,
  });
  #name = "ipfs-kit";

  /** Names the port that was bound. */
  listensOn(port: number): void {
    this.#name = `ipfs-kit-${port}`;
  }

  /** @returns the `Set-Cookie` of a browser that sent a token; its session ends with the token */
  signIn(token: Caller, headers: IncomingHttpHeaders): string {
    const { role, key } = token;
    // Who signs in again is somebody else now: nothing of before stays good.
    this.#end(headers);
    const isCurrent = () => this.#sessions.get(secret) !== undefined && token.isCurrent();
    const secret = this.#sessions.add({ role, key, isCurrent }, key);
    return this.#cookie(secret, SESSION_SECONDS, isSecure(headers));
  }

  /** The same for a browser that sent a one-time code. */
  signInByCode(headers: IncomingHttpHeaders): { role: Role; cookie: string } {
    const person = { role: BY_CODE, key: `session-${randomUUID()}`, isCurrent: () => true };
    return { role: BY_CODE, cookie: this.signIn(person, headers) };
  }

  /** @returns the `Set-Cookie` that takes the cookie away */
  signOut(headers: IncomingHttpHeaders): string {
    this.#end(headers);
    return this.#cookie("", 0, isSecure(headers));
  }

  /** Whoever signed in; whether a cookie counts for this request is for the caller to decide. */
  find(headers: IncomingHttpHeaders): Caller | undefined {
    return this.#secretsOf(headers)
      .map((secret) => this.#sessions.get(secret))
      .find((session) => session?.isCurrent() === true);
  }

  #end(headers: IncomingHttpHeaders): void {
    for (const secret of this.#secretsOf(headers)) this.#sessions.take(secret);
  }

  /**
   * There may be several: pages on other ports of this host can plant cookies of our name, for a longer
   * path, which come first. None can plant one for TLS: beside such a one the others say nothing.
   */
  #secretsOf({ cookie = "" }: IncomingHttpHeaders): string[] {
    const pairs = cookie.split(";", MAX_COOKIES).map((pair) => pair.trim().split("=", 2));
    const named = (wanted: string) =>
      pairs.flatMap(([name, value = ""]) => (name === wanted && SECRET.test(value) ? value : []));
    const secure = named(SECURE_PREFIX + this.#name);
    return secure.length > 0 ? secure : named(this.#name);
  }

  /** Scripts cannot read it, pages of other sites cannot make a browser send it. */
  #cookie(value: string, seconds: number, secure: boolean): string {
    const prefix = secure ? SECURE_PREFIX : "";
    const end = secure ? "; Secure" : "";
    return `${prefix}${this.#name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${end}`;
  }
}

/** Browsers take such a name only over TLS, for this host alone; plain HTTP has to do without. */
const SECURE_PREFIX = "__Host-";

/** A proxy that ends TLS is before us: only the page's origin tells. */
function isSecure({ origin }: IncomingHttpHeaders): boolean {
  return origin?.startsWith("https://") === true;
}
