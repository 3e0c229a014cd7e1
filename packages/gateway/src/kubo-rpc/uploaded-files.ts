import type { Call } from "./command.ts";
import type { UploadedFile } from "./multipart-upload.ts";
import { noFile } from "./refusals.ts";

/**
 * What becomes of each file of the body, in turn.
 *
 * @param name what Kubo calls the files
 * @throws HttpError `invalid_request` when there is none
 */
export async function* uploadedFiles<T>(
  { upload }: Call,
  name: string,
  take: (file: UploadedFile) => Promise<T>,
): AsyncGenerator<T, void> {
  let count = 0;
  for await (const file of upload(name).files()) {
    count += 1;
    yield await take(file);
  }
  if (count === 0) throw noFile(name);
}
