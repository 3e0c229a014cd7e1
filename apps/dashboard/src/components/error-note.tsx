import type { ReactNode } from "react";

import { adviceFor } from "../errors/advice.ts";
import type { Failure } from "../errors/failure.ts";
import { WarningIcon } from "./icons.tsx";

interface ErrorNoteProps {
  failure: Failure;
  /** What the reader can press. */
  children?: ReactNode;
}

/** What happened, what to do, and the code to search for. */
export function ErrorNote({ failure, children }: ErrorNoteProps) {
  const { title, todo } = adviceFor(failure.code);
  return (
    <div
      role="alert"
      data-testid="error"
      data-code={failure.code}
      className="flex gap-2.5 rounded-lg bg-bad-soft p-3"
    >
      <span className="mt-0.5 text-bad">
        <WarningIcon />
      </span>
      <div className="min-w-0 flex-1 space-y-1">
        <p className="font-semibold text-bad">{title}</p>
        <p>
          <bdi>{failure.message}</bdi>
        </p>
        <p className="text-ink-soft">{todo}</p>
        <div className="flex flex-wrap items-center gap-2 pt-1">
          {children}
          <span className="text-ink-soft">
            Code: <code className="font-mono">{failure.code}</code>
          </span>
        </div>
      </div>
    </div>
  );
}
