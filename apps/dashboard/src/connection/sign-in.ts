import { type AbortOptions, abortReason, UnavailableError } from "@ipfs-kit/core";
import { type Session, sessionSchema, type SignIn } from "@ipfs-kit/core/wire";

import { type Failure, failureOf } from "../errors/failure.ts";
import { getJson, problemError, readAnswer } from "./http.ts";
import { parseServerAddress, rememberServer } from "./server-address.ts";

const PATH = "api/v0/session";
const LOGIN = "#login=";

/**
 * Signs in with a token, or with the code of a login link. The server answers with a cookie that no
 * script can read, this one neither.
 *
 * @throws IpfsKitError with the server's code; `unavailable` when nothing came back
 */
export async function signIn(
  server: URL,
  shown: SignIn,
  { signal }: AbortOptions = {},
): Promise<Session> {
  const headers = { "content-type": "application/json" };
  const [response, text] = await ask(
    server,
    { method: "POST", headers, body: JSON.stringify(shown) },
    signal,
  );
  return readAnswer(server, response, text, sessionSchema);
}

/** Who the server takes this page for. @throws IpfsKitError as {@link signIn} */
export async function readSession(server: URL, options: AbortOptions = {}): Promise<Session> {
  return getJson(new URL(PATH, server), sessionSchema, options);
}

/** Ends the session, and what was opened with it. @throws IpfsKitError as {@link signIn} */
export async function signOut(server: URL): Promise<void> {
  const [response, text] = await ask(server, { method: "DELETE" });
  if (!response.ok) throw problemError(response.status, text);
}

async function ask(
  server: URL,
  init: RequestInit,
  signal?: AbortSignal,
): Promise<[Response, string]> {
  const url = new URL(PATH, server);
  try {
    const response = await fetch(url, { ...init, cache: "no-store", signal: signal ?? null });
    return [response, await response.text()];
  } catch (cause) {
    if (signal?.aborted) throw abortReason(signal);
    throw new UnavailableError(`${url.host} does not answer.`, { cause });
  }
}

/** Takes the code of a login link out of the address bar, and so out of the history. */
export function takeLoginCode(
  page: Pick<Location, "hash" | "pathname" | "search">,
  history: Pick<History, "replaceState">,
): string | undefined {
  if (!page.hash.startsWith(LOGIN)) return undefined;
  const code = page.hash.slice(LOGIN.length);
  history.replaceState(null, "", page.pathname + page.search);
  return code;
}

/** How following a login link ended: with why it did not sign in. */
export type Arrival = Promise<Failure | undefined>;

/**
 * Follows the login link this page was opened by, or was led to while it was open: on the server the
 * page came from.
 *
 * @returns `undefined` when there is none
 */
export function followLoginLink(): Arrival | undefined {
  const server = parseServerAddress(location.origin);
  const code = takeLoginCode(location, history);
  if (code === undefined || server === undefined) return undefined;
  rememberServer(server);
  return signIn(server, { code }).then(() => undefined, failureOf);
}
