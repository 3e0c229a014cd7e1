type Notes = Readonly<Record<string, string>>;

/** What parameters mean, by their name. */
export const PARAMETER_NOTES: Notes = {
  cid: "A CID, plain or written as `ipfs://…`. Escape it when it has slashes.",
  cursor: "The `next_cursor` of the page before.",
  id: "The id of a token: what stands between `ik_` and the dot.",
  limit: "Rows of the page at most; 100 when nothing is said.",
  max_size: "Only content of so many bytes at most.",
  media_type: "Only this media type; `video/*` for all of a kind.",
  min_size: "Only content of so many bytes at least.",
  name: "Only content with this in its name; A to Z in capitals or not are the same.",
  tag: "Only content with this tag.",
};

/** Formats of parameters no standard names; generators may know them. */
export const PARAMETER_FORMATS: Notes = { cid: "cid", cursor: "cursor" };

/** What fields mean, by the name of their schema. */
export const FIELD_NOTES: Readonly<Record<string, Notes>> = {
  CacheStats: {
    hits: "Since the start.",
    misses: "Since the start.",
    hit_rate: "Hits of all that was asked for, 0 to 1; absent before the first question.",
    bytes: "Held now, with what keeping it costs.",
    max_bytes: "What it may take.",
    entries: "Held now.",
    evictions: "Entries that made room for others.",
    dropped: "Not kept because writing could not keep up.",
    faults: "Entries found damaged, and writes that failed.",
  },
  Capabilities: {
    version: "Of the server.",
    runtime: "What it runs on.",
    content: "Where content is kept, and whether every block of it can be read again.",
    gateway: "Where content is served; absent when it is switched off.",
    media: "Codecs that go out as they are, and what converts the others; absent: nothing does.",
    webrtc: "Where the signaling protocol is spoken.",
    libp2p: "`reason_code` says why it is not available.",
    auth: "`open`: everybody on this machine is an operator. `token`: who has none is a stranger.",
    limits: "What is in force.",
  },
  ComponentHealth: {
    name: "Which part.",
    status: "`disabled`: switched off by whoever runs the server.",
    reason_code: "Why it is not `ok`, for programs.",
    reason: "The same for people, or what it is at when it is `ok`.",
  },
  Exists: { cid: "As it was asked for.", exists: "Whether the block is held here." },
  Health: { status: "`unavailable` when a needed part is.", components: "Each part." },
  Limits: {
    storage_max_bytes: "Of the embedded store; 0 is no limit.",
    block_bytes: "Of one block.",
    dag_depth: "Levels of a DAG that are followed.",
    links_per_node: "Of one block.",
    blocks_per_request: "That one read or pin may touch.",
    json_body_bytes: "Of a JSON body.",
    json_depth: "Levels of a JSON body.",
    page_rows: "Of a page of a list.",
    uploads: "At a time.",
    calls: "Of Kubo's RPC, at a time.",
    upload_idle_seconds: "In which an upload must send 16 KiB.",
    first_byte_seconds: "That an answer may take to begin.",
    answer_idle_seconds: "In which a client must take something of its answer.",
    drain_seconds: "That a stopping server lets work finish.",
    connections: "Of one listener.",
    requests_per_second:
      "Of one token or address; 0 is no limit. The default leaves out this machine while no token exists.",
    sessions: "Of streaming, at a time.",
    sessions_per_address: "Of streaming, at a time.",
    websockets_per_address: "At a time.",
    signaling_message_bytes: "Of one message.",
    sdp_characters: "Of one session description.",
    websocket_backlog_bytes: "Not yet taken by the far end; then it is cut.",
  },
  MetadataPage: {
    items: "Newest first.",
    next_cursor: "Where the next page begins; the last page has none.",
  },
  MetadataPatch: {
    version: "The version that was seen; another one now is refused with `invalid_state`.",
    name: "`null` removes it; absent it stays.",
    tags: "All of them; absent they stay.",
  },
  MetadataPut: {
    version: "The version that was seen; another one now is refused with `invalid_state`.",
    name: "Absent it goes.",
    tags: "All of them; absent they go.",
  },
  MetadataRecord: {
    cid: "Of the root.",
    name: "Text from strangers.",
    size: "Bytes of the file; of a folder, of all files in it. Absent until the store was asked.",
    media_type: "As the bytes say.",
    duration_seconds: "Of audio and video.",
    width: "As it is shown, in pixels.",
    height: "As it is shown, in pixels.",
    codecs: 'e.g. `["avc", "aac"]`.',
    tags: "In the order of the alphabet. Text from strangers.",
    version: "Goes up by one with every change.",
    updated_at: "ISO 8601, UTC.",
    probe_status:
      "Whether the bytes were looked at: `pending` they will be, `done` they were, `not_needed` it is no audio or video, `failed` they could not be understood.",
    probe_reason_code: "Why it failed or waits.",
  },
  Pin: {
    cid: "Of the root.",
    name: "Text from strangers.",
    size: "Bytes; absent when the store does not know.",
    media_type: "Absent when nobody knows.",
    pinned_at: "ISO 8601, UTC; absent when the store does not write it down.",
  },
  PinList: {
    pins: "Newest first.",
    next_cursor: "Where the next page begins; the last page has none.",
  },
  Problem: {
    type: "`urn:ipfs-kit:error:` and the code.",
    title: "The code in words.",
    status: "The HTTP status.",
    detail: "What happened, for people.",
    instance: "The path that was asked for.",
    code: "For programs; the list is closed. Each has a page at `/reference/errors/`.",
    request_id: "The same as in the header `X-Request-Id` and in the server's log.",
    errors: "What is wrong with the input.",
    details: "Plain facts that go with the code.",
  },
  Stats: {
    content_backend: "Where content is kept.",
    repository: "What the store holds; `reason_code` says why there are no numbers.",
    caches: "The quickest first; those that are off are left out.",
    metadata: "Records of metadata, and those waiting to be looked at.",
  },
  Version: {
    Version: "The same for clients of Kubo.",
    version: "The version of the server.",
    runtime: "What it runs on.",
  },
};
