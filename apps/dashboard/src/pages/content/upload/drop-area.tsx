import { useId } from "react";

import { UploadIcon } from "../../../components/icons.tsx";
import { usePageDrop } from "./use-page-drop.ts";

interface DropAreaProps {
  onFiles: (files: readonly File[]) => void;
  /** Less tall: there are other things to look at. */
  compact: boolean;
}

/** Takes files by drop (anywhere on the page), by click and by keyboard. */
export function DropArea({ onFiles, compact }: DropAreaProps) {
  const dragged = usePageDrop(onFiles);
  const id = useId();
  return (
    <label
      htmlFor={id}
      data-testid="drop-area"
      data-dragging={dragged !== undefined}
      className={`flex cursor-pointer items-center justify-center gap-x-4 gap-y-1 rounded-xl border-2 border-dashed border-line-strong/50 bg-card px-4 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent hover:border-accent hover:bg-accent-soft data-[dragging=true]:border-accent data-[dragging=true]:bg-accent-soft ${
        compact ? "py-4" : "flex-col py-10 text-center"
      }`}
    >
      <span className="inline-flex size-9 shrink-0 items-center justify-center rounded-full bg-accent-soft text-accent">
        <UploadIcon />
      </span>
      <span>
        <span className="block text-lg leading-snug">
          {dragged === undefined ? (
            <>
              Drop files here or <span className="font-medium text-accent underline">choose</span>
            </>
          ) : (
            dropText(dragged)
          )}
        </span>
        <span className="block text-ink-soft">
          Video and audio can be watched here, by their CID
        </span>
      </span>
      <input
        id={id}
        type="file"
        multiple
        data-testid="file-input"
        className="sr-only"
        onChange={({ target }) => {
          onFiles(Array.from(target.files ?? []));
          // The same file can be chosen again.
          target.value = "";
        }}
      />
    </label>
  );
}

/** Zero when the browser does not tell before the drop. */
function dropText(count: number): string {
  if (count === 0) return "Drop to add";
  return `Drop to add ${count === 1 ? "1 file" : `${count} files`}`;
}
