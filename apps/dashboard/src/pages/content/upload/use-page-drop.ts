import { useEffect, useState } from "react";

import { filesOfDrop } from "./dropped-files.ts";

/**
 * Takes files that are dropped anywhere on the page: beside the marked area the browser would leave
 * the page and open them.
 *
 * @returns how many things are held over the page, undefined when none are
 */
export function usePageDrop(onFiles: (files: readonly File[]) => void): number | undefined {
  const [dragged, setDragged] = useState<number>();

  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const over = (event: DragEvent) => {
      const { dataTransfer } = event;
      if (dataTransfer === null || !dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      dataTransfer.dropEffect = "copy";
      setDragged(dataTransfer.items.length);
    };
    const leave = (event: DragEvent) => {
      // Between two elements of the page there is a related target; outside of it there is none.
      if (event.relatedTarget === null) setDragged(undefined);
    };
    const drop = async (event: DragEvent) => {
      const { dataTransfer } = event;
      if (dataTransfer === null || !dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      setDragged(undefined);
      const files = await filesOfDrop(dataTransfer);
      if (files.length > 0) onFiles(files);
    };
    addEventListener("dragenter", over, { signal });
    addEventListener("dragover", over, { signal });
    addEventListener("dragleave", leave, { signal });
    addEventListener("drop", (event) => void drop(event), { signal });
    return () => stop.abort();
  }, [onFiles]);

  return dragged;
}
