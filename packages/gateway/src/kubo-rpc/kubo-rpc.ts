import type { ServerResponse } from "node:http";

import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import {
  abortable,
  AbortedError,
  anySignal,
  type ContentRepository,
  errorCodeOf,
  type Logger,
  noopLogger,
  TaskScope,
  withTimeout,
} from "@ipfs-kit/core";
import { type Context, Hono } from "hono";

import { Answer } from "./answer.ts";
import type { Call, Command } from "./command.ts";
import { commandTable, UNSUPPORTED } from "./command-table.ts";
import {
  DEFAULT_UPLOAD_IDLE_MS,
  FIRST_BYTE_MS,
  MAX_CALLS,
  MAX_UPLOADS,
  RETRY_AFTER_SECONDS,
} from "./defaults.ts";
import { answerFailure, type FailureAnswer } from "./failure.ts";
import { MultipartUpload } from "./multipart-upload.ts";
import type { NodeIdentity } from "./commands/id.ts";
import { Query } from "./query.ts";
import { readArguments } from "./read-arguments.ts";
import { HttpError } from "../http-error.ts";
import { noFile, notSupported } from "./refusals.ts";
import type { VerifyBlocks } from "./commands/repo-verify.ts";
import { sendReply } from "./send-reply.ts";

/** What a command asks of its caller: to look, or to change what is kept. */
export type CommandAccess = "read" | "write";

export interface KuboRpcInit {
  store: ContentRepository;
  /** What `version` and `id` say of the server, e.g. `{ name: "ipfs-kit", version: "1.0.0" }`. */
  agent?: { name: string; version: string } | undefined;
  /** Who this is in the IPFS network. @default nobody: `id` answers `not_supported` */
  identity?: (() => NodeIdentity) | undefined;
  /** Reads every block again. @default `repo/verify` answers `not_supported` */
  verifyBlocks?: VerifyBlocks | undefined;
  /**
   * Asked before anything else is done for a call, with what the command found needs; a throw
   * refuses it. @default whoever reaches it may do everything
   */
  authorize?: ((env: HttpBindings, access: CommandAccess) => void) | undefined;
  /** Commands at whose path the server itself answers every other method, e.g. `version`. @default none */
  onlyPost?: readonly string[] | undefined;
  /** Owns the calls in flight; its end cuts them. @default a scope of its own */
  tasks?: TaskScope | undefined;
  /** @default silent */
  logger?: Logger | undefined;
  /** How long an answer may take to begin, in milliseconds, unless the command is a patient one. @default 60 000 */
  firstByteMs?: number | undefined;
  /** How long a client may send next to nothing of an upload, in milliseconds. @default 30 000 */
  uploadIdleMs?: number | undefined;
  /** Error answers show what went wrong inside. @default false */
  debug?: boolean | undefined;
}

/** What the RPC needs of its server: Node's request and response underneath. */
export interface KuboRpcEnv {
  Bindings: HttpBindings;
}

type RpcContext = Context<KuboRpcEnv>;

/** Kubo's own command. */
const KUBO = /^(?:kubo|go-ipfs)\b/;
const REQUEST_ID = "x-request-id";

/**
 * The RPC of Kubo over a content repository, to be mounted at `/api/v0`. It changes what is stored:
 * who may call what is for the server to decide, in `authorize`.
 */
export function createKuboRpc(init: KuboRpcInit): Hono<KuboRpcEnv> {
  const { tasks = new TaskScope({ name: "kubo-rpc", onFailure: "isolate" }) } = init;
  const { logger = noopLogger, uploadIdleMs = DEFAULT_UPLOAD_IDLE_MS, debug = false } = init;
  const { authorize = () => {}, firstByteMs = FIRST_BYTE_MS } = init;
  const underWay = { uploads: 0, calls: 0 };
  const rpc = new Hono<KuboRpcEnv>();
  for (const [path, command] of commandTable(init)) {
    rpc.post(`/${path}`, async (c) => serve(c, command));
    if (init.onlyPost?.includes(path) !== true) rpc.all(`/${path}`, refuseMethod);
  }
  for (const path of UNSUPPORTED) {
    rpc.post(`/${path}`, (c) => {
      authorize(c.env, "read");
      throw notSupported(`This server does not do "${nameOf(c)}".`);
    });
    rpc.all(`/${path}`, refuseMethod);
  }
  rpc.onError((error, c) => {
    const { status, headers, body } = failureOf(c, error);
    if (errorCodeOf(error) === "internal") {
      logger.error("a request failed", { error, request_id: body.request_id });
    }
    return new Response(JSON.stringify(body), { status, headers });
  });
  return rpc;

  async function serve(c: RpcContext, command: Command): Promise<Response> {
    const { changes = false, takesBody = false, patient = false } = command;
    authorize(c.env, changes ? "write" : "read");
    const kind = takesBody ? "uploads" : "calls";
    if (underWay[kind] >= (takesBody ? MAX_UPLOADS : MAX_CALLS)) throw tooMany(kind);
    const { incoming, outgoing } = c.env;
    const query = new Query(new URL(c.req.url).searchParams);
    const fromKubo = KUBO.test(c.req.header("user-agent") ?? "");
    const answer = new Answer(outgoing, { forKubo: fromKubo });
    const given = new AbortController();
    const gone = signalOnClose(outgoing);
    let upload: MultipartUpload | undefined;
    const openUpload = () => (upload ??= new MultipartUpload(incoming, { idleMs: uploadIdleMs }));
    const hasForm = /^multipart\/form-data\b/i.test(c.req.header("content-type") ?? "");
    underWay[kind] += 1;
    try {
      await tasks.spawn(`kubo-rpc.${nameOf(c)}`, async (stopped) => {
        const signal = anySignal(gone, stopped, given.signal);
        const call: Call = {
          store: init.store,
          query,
          args: async (name) => readArguments(name, { query, hasForm, upload: openUpload }),
          fromKubo,
          signal,
          upload: (name) => {
            if (!hasForm) throw noFile(name);
            return openUpload();
          },
          hint: (line) => answer.lineIfIdle(line),
        };
        const reply =
          patient || takesBody
            ? await abortable(command.run(call), signal)
            : await withTimeout(firstByteMs, "The answer", async () => command.run(call), {
                signal,
              });
        await sendReply(answer, reply, { patient, firstByteMs, signal });
      });
    } catch (error) {
      given.abort(error);
      logger.debug("a call ended early", { error, call: nameOf(c) });
      if (!answer.started) throw error;
      const { body, message } = failureOf(c, error);
      if (errorCodeOf(error) === "internal") {
        logger.error("an answer could not be completed", { error, request_id: body.request_id });
      }
      answer.cut(body, message);
    } finally {
      underWay[kind] -= 1;
      // Not awaited: a client that sends nothing would hold it up.
      void upload?.close();
    }
    return RESPONSE_ALREADY_SENT;
  }

  function refuseMethod(c: RpcContext): Response {
    authorize(c.env, "read");
    if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: ALLOW });
    throw new HttpError("method_not_allowed", "Use POST here.", { headers: ALLOW });
  }

  function failureOf(c: RpcContext, error: unknown): FailureAnswer {
    const requestId = c.env.outgoing.getHeader(REQUEST_ID);
    return answerFailure(error, {
      requestId: requestId === undefined ? undefined : String(requestId),
      path: c.req.path.slice(0, 256),
      accept: c.req.header("accept"),
      debug,
    });
  }
}

const ALLOW = { allow: "OPTIONS, POST" };

/** `/api/v0/pin/ls` → `pin/ls`. */
function nameOf(c: RpcContext): string {
  return c.req.path.split("/").slice(-2).join("/").replace(/^v0\//, "");
}

/** Fires when the client goes away before it has its answer. */
function signalOnClose(outgoing: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const onClose = () => {
    if (!outgoing.writableFinished) {
      controller.abort(new AbortedError("The client went away before it had its answer."));
    }
  };
  // It may have gone while others looked at the request.
  if (outgoing.closed || outgoing.destroyed) onClose();
  else outgoing.once("close", onClose);
  return controller.signal;
}

function tooMany(what: string): HttpError {
  return new HttpError("limit_exceeded", `There are already too many ${what}: try again soon.`, {
    headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
  });
}
