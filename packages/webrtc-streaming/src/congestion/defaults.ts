/*
 * Numbers of the congestion control, and where each is from:
 * GCC = draft-ietf-rmcat-gcc-02, the published algorithm;
 * libwebrtc = what browsers run today, where it has moved on from the draft;
 * ours = chosen here, with the reason, and held by the simulator's scenarios.
 */

/** The estimate never falls below this: a lower one could not carry the sound and a still picture. Ours. */
export const MIN_BITS_PER_SECOND = 50_000;

/** The estimate never rises above this; nothing here has media for more. Ours. */
export const MAX_BITS_PER_SECOND = 50_000_000;

/** The estimate before anything is known: what carries the `low` preset. libwebrtc begins with 300 kbit/s. */
export const START_BITS_PER_SECOND = 600_000;

/** Packets that one feedback may tell of, and that are remembered: over 4 s of 20 Mbit/s. A power of two. Ours. */
export const SENT_PACKETS = 8_192;

/** A packet older than this is not looked for in feedback. libwebrtc forgets after 60 s; a ring has less room. */
export const SENT_WINDOW_MS = 10_000;

/** Packets sent within this time are one group (GCC 5.2, `burst_time`). */
export const GROUP_MS = 5;

/** Groups that arrived together are merged up to this long; a network may hold packets and let them go. libwebrtc. */
export const MERGED_GROUP_MS = 100;

/** Groups further apart than this have nothing to say about one queue: the filter starts over. libwebrtc: 3 s of offset. */
export const GROUP_GAP_MS = 3_000;

/** Groups the trend is fitted through. libwebrtc. */
export const TREND_GROUPS = 20;

/** Weight of the past in the smoothed delay. libwebrtc. */
export const TREND_SMOOTHING = 0.9;

/** Turns a slope into milliseconds that are held against the threshold. libwebrtc. */
export const TREND_GAIN = 4;

/** Groups after which the slope has its full weight. libwebrtc. */
export const TREND_FULL_GROUPS = 60;

/** Threshold at the start (GCC 5.4, `del_var_th(0)`) and its limits (GCC: 6 to 600). */
export const THRESHOLD_MS = { start: 12.5, least: 6, most: 600 } as const;

/** How fast the threshold follows, per millisecond, up and down. libwebrtc (GCC has 0.01 and 0.00018 for its Kalman filter). */
export const THRESHOLD_GAIN = { up: 0.0087, down: 0.039 } as const;

/** A trend this far above the threshold is a spike the threshold must not learn from (GCC 5.4: 15 ms). */
export const THRESHOLD_SPIKE_MS = 15;

/** Overuse has to last this long (GCC 5.4, `overuse_time_th`). */
export const OVERUSE_MS = 10;

/** What is left of the measured rate after overuse (GCC 5.5, beta). */
export const DECREASE = 0.85;

/** What is left at least of the estimate after overuse while too little is sent to measure the link. Ours. */
export const LEAST_LEFT = 0.7;

/** Less sent than this share of the estimate is too little. Ours. */
export const FILLING = 0.3;

/** More loss than this and not even the lowest rung is sent faster than the estimate: it would not get through. Ours. */
export const HOPELESS_LOSS = 0.3;

/** Growth per second far from the last known limit (GCC 5.5, eta). */
export const GROWTH_PER_SECOND = 1.08;

/** The estimate may be this many times what is measured to arrive (GCC 5.5). */
export const RATE_OVER_MEASURED = 1.5;

/** The measured rate is of this long (GCC 5.5: 0.5 to 1 s). */
export const MEASURE_MS = 500;

/** After overuse, of this long, so that a rate that has just fallen is seen. libwebrtc: 150 ms. */
export const MEASURE_SHORT_MS = 150;

/** Loss below which the limit may grow, and above which it falls (GCC 6). */
export const LOSS_LOW = 0.02;
export const LOSS_HIGH = 0.1;

/** Growth of the limit per second of low loss (GCC 6: 1.05 per report; libwebrtc: 1.08 per second). */
export const LOSS_GROWTH_PER_SECOND = 1.08;

/** A loss ratio is of this many packets at least. libwebrtc. */
export const LOSS_PACKETS = 20;

/** Time constant of the loss average. Ours: one burst of losses must not look like a state. */
export const LOSS_AVERAGE_MS = 500;

/** Between two decreases for loss, beside a round trip. libwebrtc. */
export const LOSS_DECREASE_MS = 300;

/** Loss together with {@link FULL_QUEUE_MS} of delay is a full queue: what arrives is what there is. Ours. */
export const LOSS_FULL_QUEUE = 0.2;
export const FULL_QUEUE_MS = 100;

/** Overuse with less of a queue than this is chance: jitter, or a key frame. Ours; the draft has no such floor. */
export const LEAST_QUEUE_MS = 25;

/** With more of a queue than this the link is busy all the time. Ours. */
export const STANDING_QUEUE_MS = 50;

/** The lowest delay of this long is the empty queue's. Ours: long enough for a queue to empty, short against clock drift. */
export const BASE_DELAY_MS = 20_000;

/** Silence after which the far end counts as unheard. Ours: ten of the browsers' feedback intervals. */
export const FEEDBACK_SILENCE_MS = 1_000;

/** Feedback for the last packet before a pause is waited for this long. Ours. */
export const FEEDBACK_PATIENCE_MS = 2_000;

/** What is left of the estimate after each {@link FEEDBACK_SILENCE_MS} without feedback. Ours, as RFC 8083 asks for less and less. */
export const SILENCE_DECREASE = 0.7;

/**
 * A probe is at least this long and this many packets (libwebrtc: 15 ms and 5; a Node timer is less exact),
 * and so many times the jitter, up to a limit. The latter is ours.
 */
export const PROBE_MS = { least: 25, jitters: 12, most: 100 } as const;
export const PROBE_PACKETS = 6;

/** A probe asks for this many times the estimate: at the start, and later. libwebrtc: 3 and 6, then 2. */
export const PROBE_FACTOR = { start: 3, later: 2 } as const;

/** A probe that found this much of what it asked for has found it. libwebrtc: 0.7. */
export const PROBE_SUCCESS = 0.8;

/** Of a probe's packets and bytes this much must arrive. libwebrtc. */
export const PROBE_ARRIVED = 0.8;

/** Received slower than this times sent: the link is full, and a bit less than measured is believed. libwebrtc. */
export const PROBE_FULL = { below: 0.9, believe: 0.95 } as const;

/**
 * What a probe measures in a full link is tried by a probe of just that rate before it is believed, this
 * many times: beside other streams a short burst gets more than its share. Ours. And only when it would
 * raise the estimate by this factor.
 */
export const PROBE_DOUBTS = 2;
export const PROBE_WORTHWHILE = 1.05;

/** Received faster than this times sent: packets were held back somewhere, nothing was measured. libwebrtc. */
export const PROBE_COMPRESSED = 2;

/** Wait before a probe is repeated: at first, and at most (libwebrtc probes every 5 s while it has less to send than it could). */
export const PROBE_WAIT_MS = { least: 1_000, most: 5_000 } as const;

/** A probe whose packets are not all reported after this has failed. Ours: a slow round trip and its feedback. */
export const PROBE_TIMEOUT_MS = 1_000;

/** For this long after a probe, more delay is the probe's own doing. Ours. */
export const PROBE_SHADOW_MS = 300;

/** Media is sent this much faster than it is played: room to catch up, and no bursts a queue would see. Measured with browsers. */
export const PACING_FACTOR = 1.15;

/** What may leave in one go. Longer bursts overflow the shallow queues of home routers. */
export const BURST_MS = 5;

/** What waits is sent within this time, if the estimate allows. Ours: less than players hold back. */
export const DRAIN_MS = 250;

/** Bytes of video that may wait before its producer is held back. */
export const VIDEO_QUEUE_BYTES = 512 * 1024;

/** Bytes of repeats that may wait; the oldest give way, as they are asked for again if they still matter. */
export const REPEAT_QUEUE_BYTES = 128 * 1024;

/** How often a transport that sends wants to be looked after, at least. */
export const TICK_MS = 50;
