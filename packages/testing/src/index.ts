export {
  collect,
  describeContentStore,
  inPieces,
  seededBytes,
  seededRandom,
  type ContentStoreFixture,
} from "./describe-content-store.ts";
export {
  FIXTURES,
  mediaFixture,
  readFrameNumber,
  truncatedFixture,
  type MediaFixture,
  type MediaFixtureName,
} from "./media-fixtures.ts";
export { createMemoryContentStore } from "./memory-content-store.ts";
