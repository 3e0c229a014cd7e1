import { CID, DAG_PB } from "@ipfs-kit/core";

import type { Call, Reply } from "../command.ts";
import { codecNamed, hasherNamed } from "../codecs.ts";
import type { UploadedFile } from "../multipart-upload.ts";
import { readBlockPart } from "../read-block-part.ts";
import { refused } from "../refusals.ts";
import { uploadedFiles } from "../uploaded-files.ts";

/** `block/put?cid-codec&format&mhtype&pin&allow-big-block`: each file of the body is one block. */
export async function blockPut(call: Call): Promise<Reply> {
  const { store, query, signal } = call;
  const { version, code } = readFormat(query.text("cid-codec"), query.text("format") ?? "");
  const hasher = hasherNamed(query.text("mhtype") || "sha2-256");
  const length = query.whole("mhlen") ?? -1;
  const pin = query.flag("pin", false);
  if (version === 0 && hasher.name !== "sha2-256") {
    throw refused("v0 CIDs only support sha2-256");
  }
  return { lines: uploadedFiles(call, "data", put), whileSending: true };

  async function put(file: UploadedFile): Promise<object> {
    const bytes = await readBlockPart(file, query);
    const digest = await hasher.digest(bytes);
    if (length !== -1 && length !== digest.size) {
      throw refused(`Hashes are ${digest.size} bytes long here, not shortened to ${length}.`);
    }
    const cid = CID.create(version, code, digest);
    await store.blocks.put(cid, bytes, { signal });
    if (pin) await store.pin(cid, { signal });
    return { Key: cid.toString(), Size: bytes.length };
  }
}

/** What the older `format` means; it says more than a codec. */
const FORMATS: ReadonlyMap<string, string> = new Map([
  ["protobuf", "dag-pb"],
  ["cbor", "dag-cbor"],
]);

function readFormat(
  cidCodec: string | undefined,
  format: string,
): { version: 0 | 1; code: number } {
  if (format === "") return { version: 1, code: codecNamed(cidCodec || "raw").code };
  if (cidCodec !== undefined && cidCodec !== "" && cidCodec !== "raw") {
    throw refused('unable to use "format" (deprecated) and a custom "cid-codec" at the same time');
  }
  if (format === "v0") return { version: 0, code: DAG_PB };
  return { version: 1, code: codecNamed(FORMATS.get(format) ?? format).code };
}
