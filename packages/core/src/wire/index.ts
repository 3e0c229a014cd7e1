/**
 * Every byte that crosses a process boundary, as a schema and the type it stands for. Wire names
 * are `snake_case`. Browser-safe: this entry needs neither Node nor `eval`.
 *
 * @example
 * import { clientMessageSchema } from "@ipfs-kit/core/wire";
 *
 * const message = clientMessageSchema.parse(JSON.parse(text));
 *
 * @module
 */
export {
  newTokenSchema,
  roleSchema,
  sessionSchema,
  signInSchema,
  tokenInfoSchema,
  tokenListSchema,
  tokenParamsSchema,
  tokenWishSchema,
  wsTicketSchema,
} from "./access.ts";
export type {
  NewToken,
  Session,
  SignIn,
  TokenInfo,
  TokenList,
  TokenWish,
  WsTicket,
} from "./access.ts";
export { capabilitiesSchema, limitsSchema } from "./capabilities.ts";
export type { Capabilities, Limits } from "./capabilities.ts";
export {
  addLineSchema,
  componentHealthSchema,
  healthSchema,
  livenessSchema,
  pinListSchema,
  pinRowSchema,
  readySchema,
  versionSchema,
} from "./http-api.ts";
export type {
  AddLine,
  ComponentHealth,
  Health,
  Liveness,
  PinList,
  PinRow,
  Ready,
  Version,
} from "./http-api.ts";
export {
  MAX_METADATA_NAME_CHARACTERS,
  MAX_TAG_CHARACTERS,
  MAX_TAGS,
  metadataPageSchema,
  metadataPatchSchema,
  metadataPutSchema,
  metadataRecordSchema,
  tagSchema,
} from "./metadata.ts";
export type { MetadataPage, MetadataPatch, MetadataPut, MetadataRecord } from "./metadata.ts";
export { errorCodeSchema, HTTP_STATUS, httpStatusOf, problemSchema } from "./problem.ts";
export type { Problem } from "./problem.ts";
export { cidParamsSchema, MAX_PAGE_ROWS, metadataQuerySchema, pageQuerySchema } from "./queries.ts";
export {
  claimSchema,
  CLIENT_MESSAGE_TYPES,
  clientMessageSchema,
  connectionStatsSchema,
  MAX_SDP_CHARACTERS,
  MAX_SIGNALING_MESSAGE_BYTES,
  mediaKindSchema,
  offeredTrackSchema,
  PREPARING,
  preparingSchema,
  qualitySchema,
  serverMessageSchema,
  SIGNALING_PROTOCOL,
} from "./signaling.ts";
export { cacheStatsSchema, existsSchema, statsSchema } from "./stats.ts";
export type { CacheStatsRow, Exists, Stats } from "./stats.ts";
export type {
  CandidateMessage,
  ClientMessage,
  ConnectionStats,
  MediaKind,
  OfferedTrack,
  Preparing,
  Quality,
  ServerMessage,
} from "./signaling.ts";
