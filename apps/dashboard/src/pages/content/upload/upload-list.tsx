import { Button } from "../../../components/button.tsx";
import { safeText } from "../../../text/safe-text.ts";
import { isOver, type Upload, type UploadQueue } from "./upload-queue.ts";
import { UploadRow } from "./upload-row.tsx";

/** The files on their way, then those that are over, and what became of them in words. */
export function UploadList({ queue, uploads }: { queue: UploadQueue; uploads: readonly Upload[] }) {
  const over = uploads.filter(({ status }) => isOver(status));
  const running = uploads.filter(({ status }) => !isOver(status));
  return (
    <>
      <p className="sr-only" aria-live="polite" data-testid="upload-result">
        {over.map(({ name, status }) => `${safeText(name)}: ${status}`).at(-1)}
      </p>
      {uploads.length > 0 && (
        <section
          aria-label="Uploads"
          className="overflow-hidden rounded-xl border border-line bg-card shadow-card"
        >
          <div className="flex h-11 items-center justify-between border-b border-line pr-2 pl-4">
            <h2 className="font-semibold">Uploads</h2>
            {over.length > 0 && (
              <Button kind="quiet" onClick={() => queue.clear()}>
                Clear finished
              </Button>
            )}
          </div>
          <ul className="max-h-96 divide-y divide-line overflow-y-auto">
            {[...running, ...over.toReversed()].map((upload) => (
              <UploadRow
                key={upload.id}
                upload={upload}
                onCancel={() => queue.cancel(upload.id)}
                onRetry={() => queue.retry(upload.id)}
              />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
