import type { Logger } from "@ipfs-kit/core";

/** Media bytes that can be read from anywhere, e.g. a file in IPFS. */
export interface MediaInput {
  /** Length in bytes. */
  readonly size: number;
  /**
   * Reads exactly `length` bytes from `offset`, both within `size`. May be called again while an
   * earlier read is going on. Ends early, by throwing, once `signal` has fired.
   */
  read(offset: number, length: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface TranscodeRequest {
  input: MediaInput;
  /** What becomes of the first video track. A track that is not there is left out. */
  video: "copy" | "h264" | "none";
  /** What becomes of the first audio track. A track that is not there is left out. */
  audio: "copy" | "opus" | "none";
  /** The length of the media, if known: makes progress and the limit on the output exact. */
  durationSeconds?: number | undefined;
  /** Told how much is done, 0 to 1, never less than before. 1 comes exactly once, at success. */
  onProgress?: ((fraction: number) => void) | undefined;
  /** Stops the work: the process is gone and its files are deleted when the iteration rejects. */
  signal?: AbortSignal | undefined;
}

/** Turns media into a form that every browser plays over WebRTC. */
export interface Transcoder {
  readonly name: string;
  /**
   * The bytes of a complete, seekable MP4, index first. Video: H.264 constrained baseline, 8 bit
   * 4:2:0, no B-frames, a keyframe with the first frame of every 2 s, upright, at most 1920x1080 (1080x1920) and
   * 60 frames/s, never enlarged. Audio: Opus, 48 kHz, stereo. Equal input gives equal bytes from
   * the same program.
   *
   * Media that breaks off gives what there is of it, as far as its container allows.
   *
   * Nothing happens before the first `next()`; that one resolves when the whole file is made. To
   * give up before then use `signal`. Every call makes the file anew.
   *
   * @throws IpfsKitError
   * - `corrupt_media`: the container's index is missing.
   * - `transcode_failed`: not media, no track left, beyond the program's means, or an output far
   *   larger than the media can honestly become: 64 MiB and the size of the input, and on top
   *   1.2 MB for each second of `durationSeconds` (31 times the size of the input if that is not
   *   known), but never more than 16 GiB. It may grow beyond that for half a second.
   * - `timeout`: nothing moved for `inactivityTimeoutMs`.
   * - `unavailable`: the program could not be started.
   * - `storage_full`: less than 256 MiB would be left where unfinished files go.
   * - `aborted`, or the reason of the signal.
   * - whatever `input.read` threw, when that stopped the work (`unavailable` if it was no IpfsKitError).
   */
  transcode(request: TranscodeRequest): AsyncIterable<Uint8Array>;
}

export interface TranscoderInit {
  /**
   * Where unfinished files go, each in a folder `transcode-*`. Must exist. A killed server may leave
   * one behind.
   *
   * @default the system's temporary folder
   */
  scratchDirectory?: string | undefined;
  /**
   * Threads of the decoder and of the encoder. The bytes made depend on it, so it is not taken from
   * the machine.
   *
   * @default 4
   */
  threads?: number | undefined;
  /**
   * The longest time in ms in which no input is taken and no output made.
   *
   * @default 60000
   */
  inactivityTimeoutMs?: number | undefined;
  /**
   * The ffmpeg program: a path, or a name to look up on PATH.
   *
   * @default "ffmpeg"
   */
  ffmpegPath?: string | undefined;
  /** @default silent */
  logger?: Logger | undefined;
}
