import type { ComponentProps } from "react";

const KINDS = {
  primary: "bg-accent text-on-accent border-transparent hover:opacity-90",
  soft: "bg-accent-soft text-accent border-transparent hover:bg-accent hover:text-on-accent",
  plain: "bg-card text-ink border-line hover:bg-sunken",
  quiet: "border-transparent text-ink-soft hover:bg-sunken hover:text-ink",
};

interface ButtonProps extends ComponentProps<"button"> {
  /** @default "plain" */
  kind?: keyof typeof KINDS;
}

/** A button with a verb, with or without an icon before it. */
export function Button({ kind = "plain", className = "", ...props }: ButtonProps) {
  return (
    <button
      type="button"
      {...props}
      className={`inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md border px-2.5 font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:border-line disabled:bg-sunken disabled:text-ink-soft disabled:opacity-100 ${KINDS[kind]} ${className}`}
    />
  );
}
