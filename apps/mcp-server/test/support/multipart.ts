const BOUNDARY = "----ipfs-kit-test";

/** The content type of the bodies made here. */
export const UPLOAD_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** Headers of a chunked multipart upload over a raw connection. */
export const rawUploadHead = (path: string, host: string, length: number): string =>
  [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Content-Type: ${UPLOAD_TYPE}`,
    `Content-Length: ${length}`,
    "",
    "",
  ].join("\r\n");

/** The start of one file part. */
export const partHead = (name: string): string =>
  [
    `--${BOUNDARY}`,
    `Content-Disposition: form-data; name="file"; filename="${name}"`,
    "Content-Type: application/octet-stream",
    "",
    "",
  ].join("\r\n");

export const PART_END = "\r\n";
export const BODY_END = `--${BOUNDARY}--\r\n`;

/** A form with these files, as a browser would send it. */
export function formOf(files: Record<string, string | Uint8Array>): FormData {
  const form = new FormData();
  for (const [name, content] of Object.entries(files)) {
    const part = typeof content === "string" ? content : new Uint8Array(content);
    form.append("file", new Blob([part]), name);
  }
  return form;
}
