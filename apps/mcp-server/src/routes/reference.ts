import { NotFoundError } from "@ipfs-kit/core";

import type { AppContext } from "../app-env.ts";
import type { StaticFile } from "../static-files.ts";
import { sendFile } from "./send-file.ts";

/** Where the API reference is; it ends in a slash, so that relative links work. */
export const REFERENCE_PATH = "/reference/";

/** No script at all, nothing from elsewhere. */
const HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "style-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-cache",
};

/**
 * `GET /reference/*`: the API reference and a page for each error code.
 *
 * @param files made when somebody asks for the first one
 */
export function showReference(
  files: () => ReadonlyMap<string, StaticFile>,
): (c: AppContext) => Response {
  return (c) => {
    const path = c.req.path.slice(REFERENCE_PATH.length);
    const file = files().get(path === "" || path.endsWith("/") ? `${path}index.html` : path);
    if (file === undefined) throw new NotFoundError("The reference has no such page.");
    return sendFile(c, file, HEADERS);
  };
}
