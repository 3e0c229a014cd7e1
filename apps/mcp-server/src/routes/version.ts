import type { Version } from "@ipfs-kit/core/wire";

import { RUNTIME, VERSION } from "../version.ts";

/** `GET` or `POST /api/v0/version`. */
export function showVersion(): Response {
  const body: Version = { Version: VERSION, version: VERSION, runtime: RUNTIME };
  return Response.json(body, { headers: { "cache-control": "no-store" } });
}
