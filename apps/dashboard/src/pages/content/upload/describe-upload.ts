import { formatByteRate, formatBytes, formatTimeLeft } from "../../../text/format.ts";
import type { Upload } from "./upload-queue.ts";

/** `7.2 MB of 24 MB · 9 MB/s · 2 s left`, or what else there is to say. */
export function describeUpload(upload: Upload): string {
  const { status, sentBytes, storedBytes, bytesPerSecond, secondsLeft } = upload;
  const size = formatBytes(upload.size);
  if (status === "waiting") return `${size} · waiting`;
  if (status === "cancelled") return `${formatBytes(sentBytes)} of ${size} sent`;
  if (status === "storing") {
    const part = storedBytes > 0 && storedBytes < upload.size;
    return part ? `Storing… ${formatBytes(storedBytes)} of ${size}` : `Storing… ${size}`;
  }
  if (status !== "sending") return size;
  return [
    `${formatBytes(sentBytes)} of ${size}`,
    bytesPerSecond === undefined ? undefined : formatByteRate(bytesPerSecond),
    secondsLeft === undefined ? undefined : formatTimeLeft(secondsLeft),
  ]
    .filter((part) => part !== undefined)
    .join(" · ");
}
