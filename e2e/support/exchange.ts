import { type Agent, type ClientRequest, type IncomingMessage, request } from "node:http";

/** What became of one request. */
export type Outcome =
  /** The answer is here, to its last byte. */
  | { kind: "whole"; status: number; headers: IncomingMessage["headers"]; body: Buffer }
  /** Nobody listens any more. */
  | { kind: "refused" }
  /** The connection ended without an answer, or in the middle of one. */
  | { kind: "cut"; began: boolean; why: string };

export interface ExchangeInit {
  method?: string;
  headers?: Readonly<Record<string, string>>;
  agent?: Agent | false;
  /** Sends the body. @default there is none */
  send?: (request: ClientRequest) => void;
  /** Called with the answer before its body is read. */
  onAnswer?: (answer: IncomingMessage) => void | Promise<void>;
}

/** Makes a request and watches closely how it ends. Never fails. */
export async function exchange(
  url: string,
  { method = "GET", headers = {}, agent = false, send, onAnswer }: ExchangeInit = {},
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const outgoing = request(url, { method, headers, agent });
  outgoing.on("response", (answer) => {
    // From here on the answer decides: that the rest of an upload was not wanted is no fault.
    read(answer, onAnswer).then(resolve, (error: unknown) =>
      resolve({ kind: "cut", began: true, why: String(error) }),
    );
  });
  outgoing.on("error", (error) => {
    const code = "code" in error ? String(error.code) : error.message;
    resolve(
      code === "ECONNREFUSED" ? { kind: "refused" } : { kind: "cut", began: false, why: code },
    );
  });
  if (send === undefined) outgoing.end();
  else send(outgoing);
  return promise;
}

async function read(answer: IncomingMessage, onAnswer: ExchangeInit["onAnswer"]): Promise<Outcome> {
  await onAnswer?.(answer);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(Buffer.from(chunk));
  if (!answer.complete) return { kind: "cut", began: true, why: "the body ended early" };
  const { statusCode: status = 0, headers } = answer;
  return { kind: "whole", status, headers, body: Buffer.concat(chunks) };
}
