/**
 * What the viewer uses of the platform, and no more, so that browsers' own classes, werift's and a
 * test's fakes all fit, and nobody needs the DOM library to compile against this package.
 */
// Every platform has its own event classes; `any` is the one parameter type that fits all of them.
type Listener = (event: any) => void;

export interface WebSocketLike {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: Listener): void;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

export interface IceCandidateLike {
  readonly candidate: string;
  readonly sdpMid?: string | null | undefined;
  readonly sdpMLineIndex?: number | null | undefined;
}

/** The part of `RTCStatsReport` that every implementation has in common. */
export interface StatsReportLike {
  forEach(visit: (report: unknown) => void): void;
}

export interface PeerConnectionLike<Track> {
  readonly connectionState: string;
  readonly iceConnectionState: string;
  readonly localDescription: { readonly sdp: string } | null;
  setRemoteDescription(description: { type: "offer"; sdp: string }): Promise<unknown>;
  setLocalDescription(): Promise<unknown>;
  addIceCandidate(candidate: {
    candidate: string;
    sdpMid: string | null;
    sdpMLineIndex: number | null;
  }): Promise<unknown>;
  getReceivers(): readonly { readonly track: Track }[];
  getStats(): Promise<StatsReportLike>;
  close(): unknown;
  addEventListener(type: string, listener: Listener): void;
}

export interface IceServer {
  urls: string | string[];
  username?: string;
  credential?: string;
}

export type PeerConnectionConstructor<Track> = new (configuration: {
  iceServers: IceServer[];
}) => PeerConnectionLike<Track>;

/** Bundles tracks for a `<video>` element; a browser's `MediaStream` fits. */
export type StreamConstructor<Track, Stream> = new (tracks: Track[]) => Stream;
