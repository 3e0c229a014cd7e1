import { useEffect, useState } from "react";

import { CheckIcon, CopyIcon, CrossIcon } from "./icons.tsx";

type Result = "idle" | "copied" | "refused";

/** How long the result is shown. */
const SHOWN_MS = 1_500;

/** Copies a text and says so. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [result, setResult] = useState<Result>("idle");

  useEffect(() => {
    if (result === "idle") return undefined;
    const timer = setTimeout(() => setResult("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [result]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setResult("copied");
    } catch {
      // Pages under plain http on another machine have no clipboard.
      setResult("refused");
    }
  };

  return (
    <button
      type="button"
      onClick={() => void copy()}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      data-testid="copy"
      className={`inline-flex size-7 shrink-0 items-center justify-center rounded-md transition-colors hover:bg-sunken ${
        result === "copied" ? "text-ok" : result === "refused" ? "text-bad" : "text-ink-soft"
      }`}
    >
      {result === "copied" ? <CheckIcon /> : result === "refused" ? <CrossIcon /> : <CopyIcon />}
      <span role="status" className="sr-only">
        {result === "copied" ? "Copied" : result === "refused" ? "The browser refused to copy" : ""}
      </span>
    </button>
  );
}
