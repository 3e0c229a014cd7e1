import { MAX_FILE_NAME } from "./defaults.ts";

/**
 * The header by which a browser shows or saves a file (RFC 6266): the name once in plain ASCII, once
 * as it is. Nothing in a name can end the header or the quotes.
 */
export function contentDisposition(kind: "inline" | "attachment", fileName: string): string {
  const name = Array.from(fileName.toWellFormed()).slice(0, MAX_FILE_NAME).join("");
  const ascii = name.replaceAll(/[^\u0020-\u007e]|["%/\\]/gu, "_");
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
