export {
  describeContentStore,
  type ContentStoreFixture,
  type RepositoryCapability,
} from "./describe-content-store.ts";
export { describeWithKubo } from "./describe-with-kubo.ts";
export { findKubo, startKubo, type RunningKubo, type StartKuboOptions } from "./kubo.ts";
export {
  LIES,
  startLyingKubo,
  type Lie,
  type LyingKubo,
  type LyingKuboInit,
  type AnswerOfKubo,
} from "./lying-kubo.ts";
export {
  FIXTURES,
  mediaFixture,
  readFrameNumber,
  truncatedFixture,
  type MediaFixture,
  type MediaFixtureName,
} from "./media-fixtures.ts";
export { carOf, directoryBlock, dagOf, rawBlock, type HandMadeDag } from "./hand-made-dags.ts";
export { collect, inPieces, seededBytes, seededRandom } from "./seeded.ts";
