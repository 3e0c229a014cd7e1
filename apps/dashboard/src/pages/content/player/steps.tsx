import { type CompletedStep, STEPS, type StepName } from "@ipfs-kit/webrtc-streaming/client";
import type { ReactNode } from "react";

import { CheckIcon, CircleIcon, CrossIcon, DashedIcon } from "../../../components/icons.tsx";
import { formatElapsed } from "../../../text/format.ts";

const LABELS: Readonly<Record<StepName, { label: string; meaning: string }>> = {
  offer: { label: "Offer", meaning: "The server describes what it will send" },
  ice: { label: "ICE", meaning: "A network path is found" },
  dtls: { label: "DTLS", meaning: "Keys are agreed on, nobody else can watch" },
  "first-frame": { label: "First frame", meaning: "The first picture or sound is decoded" },
};

type StepStatus = "done" | "failed" | "running" | "waiting";

const LOOKS: Readonly<Record<StepStatus, { tone: string; icon: ReactNode }>> = {
  done: { tone: "text-ok", icon: <CheckIcon /> },
  failed: { tone: "text-bad", icon: <CrossIcon /> },
  running: { tone: "text-busy", icon: <DashedIcon /> },
  waiting: { tone: "text-line-strong", icon: <CircleIcon /> },
};

interface StepsProps {
  done: readonly CompletedStep[];
  failed: boolean;
}

/** The way to the first frame, each step with the time it took. */
export function Steps({ done, failed }: StepsProps) {
  return (
    <ol className="space-y-0.5" aria-label="Steps to the first frame">
      {STEPS.map((name, index) => {
        const { label, meaning } = LABELS[name];
        const completed = done.find((step) => step.name === name);
        const status = completed === undefined ? openStatus(index - done.length, failed) : "done";
        return (
          <li
            key={name}
            data-testid={`step-${name}`}
            data-status={status}
            title={meaning}
            className="flex h-7 items-center gap-2"
          >
            <span className={LOOKS[status].tone}>{LOOKS[status].icon}</span>
            <span className={status === "waiting" ? "text-ink-soft" : ""}>{label}</span>
            <span className="sr-only">{status}</span>
            <span className="ml-auto text-ink-soft">
              {completed === undefined ? "" : formatElapsed(completed.ms)}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

/** Of a step that is so many places behind the last one done. */
function openStatus(distance: number, failed: boolean): StepStatus {
  if (distance > 0) return "waiting";
  return failed ? "failed" : "running";
}
