import { type KeyboardEvent, useEffect, useRef, useState } from "react";

import { formatClock } from "../../../text/format.ts";

declare module "react" {
  interface CSSProperties {
    /** How much of the bar is filled, in percent; read by the style sheet. */
    "--filled"?: string;
  }
}

/** How often the position is written. */
const TICK_MS = 250;
/** Seconds an arrow key moves. */
const KEY_STEP = 5;

interface SeekBarProps {
  /** Where the playback is, now. */
  read: () => { position: number; duration: number | undefined };
  onSeek: (seconds: number) => void;
  disabled: boolean;
}

/** Position, duration, and the slider that moves between them. */
export function SeekBar({ read, onSeek, disabled }: SeekBarProps) {
  const [{ position, duration }, setPlace] = useState(read);
  /** Where the thumb is held; the playback follows when it is let go. */
  const [held, setHeld] = useState<number>();
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const timer = setInterval(() => setPlace(read()), TICK_MS);
    return () => clearInterval(timer);
  }, [read]);

  useEffect(() => {
    // React's onChange is the browser's `input`; `change` comes once, at the end of a movement.
    const slider = input.current;
    const commit = () => {
      setHeld(undefined);
      if (slider !== null) onSeek(Number(slider.value));
    };
    slider?.addEventListener("change", commit);
    return () => slider?.removeEventListener("change", commit);
  }, [onSeek]);

  const shown = held ?? position;
  const end = duration ?? 0;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -KEY_STEP, ArrowRight: KEY_STEP }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onSeek(Math.min(Math.max(0, shown + step), end));
  };

  return (
    <div className="flex min-w-0 grow items-center gap-3">
      <input
        ref={input}
        type="range"
        data-testid="seek"
        aria-label="Position"
        aria-valuetext={`${formatClock(shown)} of ${duration === undefined ? "unknown" : formatClock(end)}`}
        min={0}
        max={end}
        step={0.1}
        value={Math.min(shown, end)}
        disabled={disabled || duration === undefined}
        onChange={(event) => setHeld(Number(event.target.value))}
        onKeyDown={onKeyDown}
        className="seek min-w-0 grow"
        style={{ "--filled": `${end === 0 ? 0 : (Math.min(shown, end) / end) * 100}%` }}
      />
      <span className="shrink-0 text-ink-soft" data-testid="position">
        {formatClock(shown)} / {duration === undefined ? "–:––" : formatClock(end)}
      </span>
    </div>
  );
}
