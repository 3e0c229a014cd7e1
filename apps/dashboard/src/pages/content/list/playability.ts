export type MediaSort = "video" | "audio" | "unknown" | "other";

/** What a media type says about playing: only what is surely neither audio nor video is out. */
export function sortOf(mediaType: string | undefined): MediaSort {
  if (mediaType === undefined || mediaType === "" || mediaType === "application/octet-stream") {
    return "unknown";
  }
  const [kind] = mediaType.split("/");
  return kind === "video" || kind === "audio" ? kind : "other";
}
