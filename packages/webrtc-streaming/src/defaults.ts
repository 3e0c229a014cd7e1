/** Sessions one manager serves at once. */
export const MAX_SESSIONS = 200;

/** Sessions one signaling channel may have open, or be opening. */
export const MAX_SESSIONS_PER_CHANNEL = 20;

/** From the offer until ICE and DTLS are up; a browser on a bad network needs a few round trips. */
export const CONNECT_TIMEOUT_MS = 15_000;

/** RTP payload bytes per packet. With RTP, SRTP, UDP and IPv6 headers it stays below 1,280, the smallest MTU IPv6 allows. */
export const MAX_PAYLOAD_BYTES = 1_150;

/** How far ahead of their time packets are read from the store. Smooths slow reads, bounds memory. */
export const READ_AHEAD_SECONDS = 2;

/** Packets read ahead at most, whatever their duration: bounds streams with odd timestamps. */
export const READ_AHEAD_PACKETS = 512;

/** Bytes read ahead at most: a second of 64 Mbit/s. */
export const READ_AHEAD_BYTES = 8 * 2 ** 20;

/** A frame larger than this is no video anyone could send: a key frame at 4.5 Mbit/s has 100 kB. */
export const MAX_PACKET_BYTES = 4 * 2 ** 20;

/** Deadline of one read of the content while it plays. */
export const READ_TIMEOUT_MS = 20_000;

/** How long sent packets can be asked for again. Beyond a second the frame has missed its time. */
export const RETRANSMISSION_WINDOW_MS = 1_000;

/** Packets kept for retransmission at most: a second of 12 Mbit/s. */
export const RETRANSMISSION_PACKETS = 1_024;

/** The same in bytes; their payloads are shared with whatever else holds the frame. */
export const RETRANSMISSION_BYTES = 2 * 2 ** 20;

/** Never answer two requests for one packet closer together than this: the first answer is on its way. */
export const RETRANSMISSION_MIN_GAP_MS = 20;

/**
 * Bytes that may be repeated beyond what has been sent. Repeats earn no more than the media itself
 * takes, so that a viewer on a bad line does not make it worse and one who lies gains nothing.
 */
export const RETRANSMISSION_BURST_BYTES = 128 * 1024;

/** Padding of one packet: RTP counts it in one byte. */
export const PADDING_PACKET_BYTES = 255;

/**
 * The pacer's rate when nothing else is known. Four times the highest preset (4.5 Mbit/s), so that a
 * key frame leaves within a frame or two and a stream is never held back on a good network.
 */
export const PACING_BITS_PER_SECOND = 20_000_000;

/** What may leave in one go. Longer bursts overflow the shallow queues of home routers. */
export const PACING_BURST_MS = 5;

/** Frames wait in front of the pacer once this much is queued in it: it holds this and one frame at most. */
export const PACING_QUEUE_BYTES = 512 * 1024;

/** Sender reports; RFC 3550 asks for 5 s on average, a first one early gives lip sync a start. */
export const SENDER_REPORT_INTERVAL_MS = 1_000;

/** Sender reports whose answer may still come; from the answer the round trip time is known. */
export const SENDER_REPORTS_KEPT = 8;

/** What the far end reports is looked at over this long: shorter, and one lost packet is 5 %. */
export const LOSS_WINDOW_MS = 5_000;

/** A key frame asked for by the far end is not repeated sooner than this; the wait doubles while it keeps asking. */
export const KEY_FRAME_REPEAT_MS = 1_000;

/** The longest such wait. */
export const KEY_FRAME_REPEAT_MOST_MS = 8_000;

/** A packet this late means that reading stalled: playback goes on from there instead of catching up in a burst. */
export const STALL_MS = 500;

/** Sockets are opened while the offer is made; a close waits this long for that to be over. */
export const GATHER_TIMEOUT_MS = 2_000;

/** The far end gets this long to see a close before the sockets go. */
export const CLOSE_GRACE_MS = 50;

/** Bytes of container data `mediabunny` may cache per open file. */
export const DEMUX_CACHE_BYTES = 2 * 1024 * 1024;

/** Packets looked at, without their data, to find out whether frames are reordered. */
export const REORDER_PROBE_PACKETS = 300;

/** Deadline for reading what is needed to understand a file. */
export const PROBE_TIMEOUT_MS = 20_000;
