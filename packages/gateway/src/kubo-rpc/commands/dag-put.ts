import { CID } from "@ipfs-kit/core";
import { MAX_BLOCK_BYTES } from "@ipfs-kit/unixfs";

import { cidObject } from "../cid-text.ts";
import { codecNamed, hasherNamed } from "../codecs.ts";
import type { Call, Reply } from "../command.ts";
import type { UploadedFile } from "../multipart-upload.ts";
import { readBlockPart } from "../read-block-part.ts";
import { refused } from "../refusals.ts";
import { uploadedFiles } from "../uploaded-files.ts";

/** `dag/put?store-codec&input-codec&hash&pin`: each file of the body is the data of one block. */
export async function dagPut(call: Call): Promise<Reply> {
  const { store, query, signal } = call;
  const storeCodec = codecNamed(query.text("store-codec") || "dag-cbor");
  const inputCodec = codecNamed(query.text("input-codec") || "dag-json");
  const hasher = hasherNamed(query.text("hash") || "sha2-256");
  const pin = query.flag("pin", false);
  return { lines: uploadedFiles(call, "object data", put), whileSending: true };

  async function put(file: UploadedFile): Promise<object> {
    const input = await readBlockPart(file, query);
    const bytes = storeCodec.encode(inputCodec.decode(input));
    if (bytes.length > MAX_BLOCK_BYTES) throw refused("The block would be too large.");
    const cid = CID.createV1(storeCodec.code, await hasher.digest(bytes));
    await store.blocks.put(cid, bytes, { signal });
    if (pin) await store.pin(cid, { signal });
    return { Cid: cidObject(cid) };
  }
}
