import { describe } from "vitest";

import { findKubo } from "./kubo.ts";

let hasWarned = false;

/** Tests that need a real Kubo. Without one they are skipped, and the report and the console say why. */
export function describeWithKubo(name: string, tests: () => void): void {
  const isMissing = findKubo() === undefined;
  if (isMissing && !hasWarned) {
    console.warn("No Kubo 0.39+ found: tests against it are skipped. Run scripts/build-judges.sh.");
    hasWarned = true;
  }
  const reason = isMissing ? " (skipped: no Kubo 0.39+ found)" : "";
  describe.skipIf(isMissing)(`${name}${reason}`, () => {
    tests();
  });
}
