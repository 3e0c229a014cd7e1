import type { Preparing } from "@ipfs-kit/core/wire";

import { safeText } from "../../../text/safe-text.ts";

/** `Preparing: mpeg4 → h264, 42 %` */
export function describePreparing({ detail, percent }: Preparing): string {
  const done = percent === undefined ? "" : `, ${Math.floor(percent)} %`;
  return `Preparing: ${safeText(detail)}${done}`;
}
