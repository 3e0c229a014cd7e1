import { useCallback, useEffect, useState, useSyncExternalStore } from "react";

import { sendFileTo } from "./send-file.ts";
import { type Upload, UploadQueue } from "./upload-queue.ts";

/** A queue that adds to this server; `onAdded` hears of each file that is stored. */
export function useUploads(
  server: URL,
  onAdded: () => void,
): { queue: UploadQueue; uploads: readonly Upload[] } {
  const [queue] = useState(
    () => new UploadQueue({ send: sendFileTo(server), now: () => performance.now() }),
  );
  const subscribe = useCallback(
    (onChange: () => void) => queue.events.on("changed", onChange),
    [queue],
  );
  const uploads = useSyncExternalStore(subscribe, () => queue.uploads);
  useEffect(() => queue.events.on("added", onAdded), [queue, onAdded]);
  // Leaving the page for another server ends what is under way.
  useEffect(() => () => queue.close(), [queue]);
  return { queue, uploads };
}
