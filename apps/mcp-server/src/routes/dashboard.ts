import { NotFoundError, UnavailableError } from "@ipfs-kit/core";

import type { AppContext } from "../app-env.ts";
import { DASHBOARD_PATH } from "../defaults.ts";
import type { StaticFile } from "../static-files.ts";
import { sendFile } from "./send-file.ts";

export interface DashboardComponents {
  /** The built dashboard, by relative path; empty when it is not built. */
  site: ReadonlyMap<string, StaticFile>;
}

/** No inline script, nothing from elsewhere, no strings turned into markup. */
const SECURITY_HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

/** Names in there carry a hash of their content. */
const HASHED = "assets/";
const FOREVER = "public, max-age=31536000, immutable";

/** `GET /dashboard/*`: the files of the built dashboard. */
export function showDashboard({ site }: DashboardComponents): (c: AppContext) => Response {
  return (c) => {
    const path = c.req.path.slice(DASHBOARD_PATH.length) || "index.html";
    const file = site.get(path);
    if (file === undefined) {
      throw site.has("index.html")
        ? new NotFoundError("The dashboard has no such file.")
        : new UnavailableError("The dashboard is not built: run the build, then start again.");
    }
    const headers = {
      ...SECURITY_HEADERS,
      "cache-control": path.startsWith(HASHED) ? FOREVER : "no-cache",
    };
    return sendFile(c, file, headers);
  };
}
