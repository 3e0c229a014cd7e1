import { type AbortOptions, abortReason, IpfsKitError, UnavailableError } from "@ipfs-kit/core";
import { problemSchema } from "@ipfs-kit/core/wire";

/** How a wire schema is used here. */
interface Schema<T> {
  safeParse(data: unknown): { success: true; data: T } | { success: false };
}

/**
 * Reads JSON of a known form.
 *
 * @throws IpfsKitError with the server's code; `unavailable` when nothing came back
 */
export async function getJson<T>(
  url: URL,
  schema: Schema<T>,
  { signal }: AbortOptions = {},
): Promise<T> {
  const [response, text] = await fetchText(url, signal);
  return readAnswer(url, response, text, schema);
}

/** What an answer holds. @throws IpfsKitError as {@link getJson} */
export function readAnswer<T>(url: URL, response: Response, text: string, schema: Schema<T>): T {
  if (!response.ok) throw problemError(response.status, text);
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new IpfsKitError(
      "not_supported",
      `${url.host} is not an IPFS Kit server this page knows.`,
    );
  }
  return parsed.data;
}

/** The error a failed answer stands for, whether or not it has the documented form. */
export function problemError(status: number, body: string): IpfsKitError {
  const problem = problemSchema.safeParse(parseJson(body));
  if (problem.success) {
    const { code, detail, title } = problem.data;
    return new IpfsKitError(code, detail ?? title);
  }
  return status >= 500
    ? new UnavailableError(`The server answered with status ${status}.`)
    : new IpfsKitError("not_supported", `The server answered with status ${status}.`);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function fetchText(url: URL, signal: AbortSignal | undefined): Promise<[Response, string]> {
  try {
    const response = await fetch(url, { signal: signal ?? null, cache: "no-store" });
    return [response, await response.text()];
  } catch (cause) {
    if (signal?.aborted) throw abortReason(signal);
    throw new UnavailableError(`${url.host} does not answer.`, { cause });
  }
}
