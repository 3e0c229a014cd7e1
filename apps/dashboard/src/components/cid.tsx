import { shortCid } from "../text/format.ts";
import { CopyButton } from "./copy-button.tsx";

/** A CID: short to read, whole on hover and to copy. */
export function Cid({ cid }: { cid: string }) {
  return (
    <span className="inline-flex items-center gap-0.5 whitespace-nowrap">
      <code className="font-mono text-[0.93em] text-ink-soft" title={cid} data-cid={cid}>
        {shortCid(cid)}
      </code>
      <CopyButton text={cid} what="CID" />
    </span>
  );
}
