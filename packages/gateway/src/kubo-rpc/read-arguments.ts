import { MAX_ARGUMENT_CHARACTERS, MAX_ARGUMENTS } from "./defaults.ts";
import type { MultipartUpload } from "./multipart-upload.ts";
import type { Query } from "./query.ts";
import { readFilePart } from "./read-file-part.ts";
import { badArgument } from "./refusals.ts";

export interface ArgumentSource {
  query: Query;
  /** Whether the request has a form as its body. */
  hasForm: boolean;
  upload: () => MultipartUpload;
}

/**
 * The arguments of a call: from the URL or, when there are none, one per line from the body. The
 * latter is how `ipfs` hands on what it is given through a pipe.
 *
 * @throws HttpError `invalid_request` when there is none, or too many
 */
export async function readArguments(
  name: string,
  { query, hasForm, upload }: ArgumentSource,
): Promise<string[]> {
  const inUrl = query.args();
  const args = inUrl.length > 0 || !hasForm ? inUrl : await readLines(upload());
  if (args.length === 0) throw badArgument("arg", `argument "${name}" is required`);
  if (args.length > MAX_ARGUMENTS) throw tooLong();
  return args;
}

async function readLines(upload: MultipartUpload): Promise<string[]> {
  const lines: string[] = [];
  for await (const file of upload.files()) {
    const limit = MAX_ARGUMENT_CHARACTERS * 16;
    const bytes = await readFilePart(file, limit, "The arguments are too long.");
    lines.push(...Buffer.from(bytes).toString().split(/\r?\n/));
    if (lines.length > 2 * MAX_ARGUMENTS) throw tooLong();
  }
  return lines.map((line) => line.trim()).filter((line) => line !== "");
}

function tooLong(): Error {
  return badArgument("arg", `A call has at most ${MAX_ARGUMENTS} arguments.`);
}
