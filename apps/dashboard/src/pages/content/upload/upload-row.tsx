import type { ReactNode } from "react";

import { Button } from "../../../components/button.tsx";
import { Cid } from "../../../components/cid.tsx";
import { CheckIcon, CrossIcon, DashedIcon, PauseIcon } from "../../../components/icons.tsx";
import { ProgressBar } from "../../../components/progress-bar.tsx";
import { StrangerText } from "../../../components/stranger-text.tsx";
import { adviceFor } from "../../../errors/advice.ts";
import { safeText } from "../../../text/safe-text.ts";
import { describeUpload } from "./describe-upload.ts";
import type { Upload, UploadStatus } from "./upload-queue.ts";

const LOOKS: Readonly<Record<UploadStatus, { tone: string; word: string; icon: ReactNode }>> = {
  waiting: { tone: "text-ink-soft", word: "Waiting", icon: <PauseIcon /> },
  sending: { tone: "text-busy", word: "Sending", icon: <DashedIcon /> },
  storing: { tone: "text-busy", word: "Storing…", icon: <DashedIcon /> },
  added: { tone: "text-ok", word: "Added", icon: <CheckIcon /> },
  cancelled: { tone: "text-ink-soft", word: "Cancelled", icon: <CrossIcon /> },
  failed: { tone: "text-bad", word: "Failed", icon: <CrossIcon /> },
};

interface UploadRowProps {
  upload: Upload;
  onCancel: () => void;
  onRetry: () => void;
}

/** One file on its way: how far, how fast, how long, and the way out. */
export function UploadRow({ upload, onCancel, onRetry }: UploadRowProps) {
  const { name, status, size, sentBytes, cid, failure } = upload;
  const { tone, word, icon } = LOOKS[status];
  const running = status === "waiting" || status === "sending" || status === "storing";
  return (
    <li data-testid="upload-row" data-status={status} className="space-y-1.5 px-4 py-2.5">
      <div className="flex flex-wrap items-center gap-x-3">
        <StrangerText text={name} className="min-w-0 basis-40 grow truncate font-medium" />
        {cid !== undefined && (
          <span className="inline-flex items-center gap-3 text-ink-soft max-sm:order-1 max-sm:w-full">
            <span data-testid="upload-detail">{describeUpload(upload)}</span>
            <Cid cid={cid} />
          </span>
        )}
        <span className={`inline-flex shrink-0 items-center gap-1 font-medium ${tone}`}>
          {icon}
          {word}
        </span>
        {running && (
          <Button onClick={onCancel} aria-label={`Cancel ${safeText(name)}`}>
            Cancel
          </Button>
        )}
        {(status === "cancelled" || status === "failed") && (
          <Button onClick={onRetry} aria-label={`Retry ${safeText(name)}`}>
            Retry
          </Button>
        )}
      </div>
      {(running || status === "cancelled") && (
        <ProgressBar
          label={`Upload of ${safeText(name)}`}
          value={size === 0 ? 0 : sentBytes / size}
          tone={running ? "busy" : "stopped"}
        />
      )}
      {cid === undefined && (
        <p className="text-ink-soft" data-testid="upload-detail">
          {describeUpload(upload)}
        </p>
      )}
      {failure !== undefined && (
        <p role="alert" data-testid="error" data-code={failure.code}>
          <span className="font-medium text-bad">{adviceFor(failure.code).title}.</span>{" "}
          <bdi>{failure.message}</bdi>{" "}
          <span className="text-ink-soft">
            {adviceFor(failure.code).todo} (<code className="font-mono">{failure.code}</code>)
          </span>
        </p>
      )}
    </li>
  );
}
