import { safeText } from "../text/safe-text.ts";

/** A name somebody else chose: isolated, with nothing in it that hides or reorders. */
export function StrangerText({ text, className }: { text: string; className?: string }) {
  const shown = safeText(text);
  return (
    <bdi className={className} title={shown}>
      {shown}
    </bdi>
  );
}
