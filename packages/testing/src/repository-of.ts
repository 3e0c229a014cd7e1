import type { ContentRepository } from "@ipfs-kit/core";
import type { TestContext } from "vitest";

import type { ContentStoreFixture, RepositoryCapability } from "./describe-content-store.ts";

/** The repository of a fixture; skips the test when it has none, or lacks what the test is about. */
export function repositoryOf(
  { repository, lacks = [] }: ContentStoreFixture,
  { skip }: Pick<TestContext, "skip">,
  ...needs: RepositoryCapability[]
): ContentRepository {
  const missing = needs.filter((need) => lacks.includes(need));
  if (missing.length > 0) skip(`lacks ${missing.join(", ")}`);
  return repository ?? skip("is no repository");
}
