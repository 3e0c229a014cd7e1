import type { ReceiveStats } from "@ipfs-kit/webrtc-streaming/client";

import { formatBitRate } from "../../../text/format.ts";

/** `640×360 · VP8 · 1.2 Mb/s`, as far as it is known. */
export function describeStats({ video, audio, bitsPerSecond }: ReceiveStats): string {
  const size =
    video?.width === undefined || video.height === undefined
      ? undefined
      : `${video.width}×${video.height}`;
  const codecs = [video?.codec, audio?.codec]
    .filter((codec) => codec !== undefined)
    // Reports write some names small.
    .map((codec) => codec.charAt(0).toUpperCase() + codec.slice(1))
    .join(" + ");
  return [
    size,
    codecs === "" ? undefined : codecs,
    bitsPerSecond === undefined ? undefined : formatBitRate(bitsPerSecond),
  ]
    .filter((part) => part !== undefined)
    .join(" · ");
}
