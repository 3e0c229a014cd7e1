import type { Preparing } from "@ipfs-kit/core/wire";

import { ProgressBar } from "../../../components/progress-bar.tsx";
import { describePreparing } from "./describe-preparing.ts";

/** What the server does before it can play, and how far it is. */
export function PreparingNote({ preparing }: { preparing: Preparing }) {
  const { percent } = preparing;
  return (
    <div className="space-y-1.5" data-testid="preparing">
      <p>{describePreparing(preparing)}</p>
      <ProgressBar label="Preparing" value={percent === undefined ? undefined : percent / 100} />
    </div>
  );
}
