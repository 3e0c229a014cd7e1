import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

import { errorCodeOf, IpfsKitError } from "@ipfs-kit/core";
import { httpStatusOf, type Problem } from "@ipfs-kit/core/wire";

import { HttpError } from "./http-error.ts";
import { endWhileSending } from "./refuse-body.ts";

/** What a problem says about the request it answers. */
export interface ProblemContext {
  requestId: string;
  /** The request target; its query is left out, it may hold secrets. */
  url: string;
  /** Show what went wrong inside. */
  debug: boolean;
}

/** A failure in the form in which it is sent. */
export interface ProblemAnswer {
  status: number;
  headers: Record<string, string>;
  problem: Problem;
}

const PROBLEM_TYPE = "application/problem+json";
/** How one signs in (RFC 9110, RFC 6750). */
const CHALLENGE = { "www-authenticate": "Bearer" };
const MAX_INSTANCE_CHARACTERS = 256;
const HIDDEN_DETAIL =
  "Something went wrong inside. The server's log has more under this request_id.";

/** Turns anything thrown into the one form in which failures leave this server (RFC 9457). */
export function answerFor(error: unknown, context: ProblemContext): ProblemAnswer {
  const code = errorCodeOf(error);
  const own = error instanceof HttpError ? error : undefined;
  const status = own?.status ?? httpStatusOf(error);
  const detail = detailOf(error, context);
  const instance = (context.url.split("?", 1)[0] ?? "").slice(0, MAX_INSTANCE_CHARACTERS);
  return {
    status,
    headers: {
      ...(code === "unauthenticated" ? CHALLENGE : {}),
      ...own?.headers,
      "content-type": PROBLEM_TYPE,
      "cache-control": "no-store",
    },
    problem: {
      type: `urn:ipfs-kit:error:${code}`,
      title: titleOf(code),
      status,
      detail,
      instance,
      code,
      request_id: context.requestId,
      ...(own !== undefined && own.faults.length > 0 ? { errors: own.faults } : {}),
      ...(isExpected(error) && Object.keys(error.details).length > 0
        ? { details: error.details }
        : {}),
      ...(isKuboPath(instance) ? kuboFields(detail, status) : {}),
    },
  };
}

/**
 * Sends a failure where Hono is not involved. Only before the header went out.
 *
 * @param isSending the request has a body, which nobody reads
 */
export function sendProblem(
  outgoing: ServerResponse,
  answer: ProblemAnswer,
  { isSending }: { isSending: boolean },
): void {
  const body = JSON.stringify(answer.problem);
  outgoing.writeHead(answer.status, {
    ...answer.headers,
    "content-length": Buffer.byteLength(body),
  });
  if (isSending) {
    outgoing.write(body);
    endWhileSending(outgoing);
  } else {
    outgoing.end(body);
  }
}

/** Answers on a bare socket, as an upgrade or a parse error leaves it, and closes it. */
export function endWithProblem(socket: Duplex, { status, headers, problem }: ProblemAnswer): void {
  const body = JSON.stringify(problem);
  const lines = Object.entries({
    ...headers,
    "x-content-type-options": "nosniff",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}\r\n${lines.join("")}\r\n${body}`,
  );
}

function isExpected(error: unknown): error is IpfsKitError {
  return error instanceof IpfsKitError && error.code !== "internal";
}

/** What may be told: expected failures as they are, others only to whoever debugs. */
function detailOf(error: unknown, { debug }: ProblemContext): string {
  if (isExpected(error)) return error.message;
  return debug ? String(error instanceof Error ? (error.stack ?? error) : error) : HIDDEN_DETAIL;
}

/** `"storage_full"` → `"Storage full"`. */
function titleOf(code: string): string {
  const words = code.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Whether clients of Kubo's RPC may be at the other end. */
function isKuboPath(path: string): boolean {
  return path.startsWith("/api/v0/");
}

/** What Kubo's clients read; `Code` 1 is the caller's fault, 0 everything else. */
function kuboFields(
  message: string,
  status: number,
): { Message: string; Code: number; Type: "error" } {
  return { Message: message, Code: status < 500 ? 1 : 0, Type: "error" };
}
