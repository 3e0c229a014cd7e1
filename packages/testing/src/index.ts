export {
  FIXTURES,
  mediaFixture,
  readFrameNumber,
  truncatedFixture,
  type MediaFixture,
  type MediaFixtureName,
} from "./media-fixtures.ts";
