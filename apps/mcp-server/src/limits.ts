import {
  type Limits,
  MAX_PAGE_ROWS,
  MAX_SDP_CHARACTERS,
  MAX_SIGNALING_MESSAGE_BYTES,
} from "@ipfs-kit/core/wire";
import { MAX_CALLS, MAX_UPLOADS } from "@ipfs-kit/gateway/kubo-rpc";
import { MAX_BLOCK_BYTES, MAX_BLOCKS_PER_READ, MAX_DEPTH, MAX_LINKS } from "@ipfs-kit/unixfs";

import {
  DEFAULT_ANSWER_IDLE_SECONDS,
  DEFAULT_DRAIN_SECONDS,
  DEFAULT_FIRST_BYTE_SECONDS,
  DEFAULT_JSON_BODY_BYTES,
  DEFAULT_MAX_SESSIONS_PER_ADDRESS,
  DEFAULT_RATE_LIMIT,
  DEFAULT_UPLOAD_IDLE_SECONDS,
  MAX_CONNECTIONS,
  MAX_JSON_DEPTH,
  MAX_SESSIONS,
  MAX_SOCKET_BACKLOG_BYTES,
  MAX_SOCKETS_PER_ADDRESS,
} from "./defaults.ts";
import type { ServerInit } from "./server-init.ts";

/** The limits a server keeps to that was told this. */
export function limitsOf(init: ServerInit): Limits {
  return {
    storage_max_bytes: init.storageMaxBytes ?? 0,
    block_bytes: MAX_BLOCK_BYTES,
    dag_depth: MAX_DEPTH,
    links_per_node: MAX_LINKS,
    blocks_per_request: MAX_BLOCKS_PER_READ,
    json_body_bytes: init.jsonBodyBytes ?? DEFAULT_JSON_BODY_BYTES,
    json_depth: MAX_JSON_DEPTH,
    page_rows: MAX_PAGE_ROWS,
    uploads: MAX_UPLOADS,
    calls: MAX_CALLS,
    upload_idle_seconds: init.uploadIdleSeconds ?? DEFAULT_UPLOAD_IDLE_SECONDS,
    first_byte_seconds: init.firstByteSeconds ?? DEFAULT_FIRST_BYTE_SECONDS,
    answer_idle_seconds: init.answerIdleSeconds ?? DEFAULT_ANSWER_IDLE_SECONDS,
    drain_seconds: init.drainSeconds ?? DEFAULT_DRAIN_SECONDS,
    connections: init.maxConnections ?? MAX_CONNECTIONS,
    requests_per_second: init.rateLimit ?? DEFAULT_RATE_LIMIT,
    sessions: init.maxSessions ?? MAX_SESSIONS,
    sessions_per_address: init.maxSessionsPerAddress ?? DEFAULT_MAX_SESSIONS_PER_ADDRESS,
    websockets_per_address: MAX_SOCKETS_PER_ADDRESS,
    signaling_message_bytes: MAX_SIGNALING_MESSAGE_BYTES,
    sdp_characters: MAX_SDP_CHARACTERS,
    websocket_backlog_bytes: MAX_SOCKET_BACKLOG_BYTES,
  };
}
