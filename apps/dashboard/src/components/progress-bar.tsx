interface ProgressBarProps {
  label: string;
  /** 0-1; undefined while nobody knows. */
  value: number | undefined;
  /** @default "busy" */
  tone?: "busy" | "stopped";
}

/** A bar that is filled as far as things are; striped while that is not known. */
export function ProgressBar({ label, value, tone = "busy" }: ProgressBarProps) {
  const percent = value === undefined ? undefined : Math.round(Math.min(1, value) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className="h-1.5 w-full overflow-hidden rounded-full bg-line"
    >
      <div
        className={`h-full rounded-full ${tone === "busy" ? "bg-busy" : "bg-line-strong"} ${
          percent === undefined ? "w-full opacity-40" : ""
        }`}
        style={percent === undefined ? {} : { width: `${percent}%` }}
      />
    </div>
  );
}
