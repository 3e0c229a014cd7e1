import { addLineSchema } from "@ipfs-kit/core/wire";

import { formOf } from "./multipart.ts";

/** Adds one file over HTTP. @returns its CID */
export async function addFile(
  { url }: { url: string },
  name: string,
  content: string | Uint8Array,
  query = "",
): Promise<string> {
  const answer = await fetch(`${url}/api/v0/add${query}`, {
    method: "POST",
    body: formOf({ [name]: content }),
  });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  return addLineSchema.parse(await answer.json()).Hash ?? "";
}
