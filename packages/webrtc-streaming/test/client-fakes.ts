import type { IceCandidateLike } from "@ipfs-kit/webrtc-streaming/client";

type Listener = (event: object) => void;

class FakeTarget {
  readonly #listeners = new Map<string, Listener[]>();

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  fire(type: string, event: object = {}): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}

export interface Sent {
  type: string;
  [field: string]: unknown;
}

/** The server's side of a socket, played by the test. */
export class FakeSocket extends FakeTarget {
  static opened: FakeSocket[] = [];
  readonly url: string;
  readonly sent: Sent[] = [];
  closed = false;

  constructor(url: string) {
    super();
    this.url = url;
    FakeSocket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  /** The server says something. */
  say(message: object): void {
    this.fire("message", { data: JSON.stringify(message) });
  }

  welcome(): void {
    this.say({
      type: "welcome",
      client_id: "c1",
      protocol: "1",
      capabilities: [],
      ice_servers: [],
      limits: {},
    });
  }

  offer(id: string, cid: string, kind: "video" | "audio" = "video"): void {
    this.say({
      type: "offer",
      pc_id: id,
      sdp: `offer of ${id}`,
      sdpType: "offer",
      tracks: [{ mid: "0", kind, codec: "VP8", cid }],
    });
  }

  types(): string[] {
    return this.sent.map(({ type }) => type);
  }
}

export class FakeTrack {
  readonly kind = "video";
}

/** A peer connection whose network is the test. */
export class FakePeer extends FakeTarget {
  static made: FakePeer[] = [];
  connectionState = "new";
  iceConnectionState = "new";
  localDescription: { sdp: string } | null = null;
  /** What was done to it, in order. */
  readonly log: string[] = [];
  readonly reports: object[] = [];
  readonly track = new FakeTrack();
  closed = false;
  refuseOffer = false;

  constructor() {
    super();
    FakePeer.made.push(this);
  }

  async setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    if (this.refuseOffer) throw new Error("cannot parse");
    await nextTurn();
    this.log.push(`remote: ${sdp}`);
    this.fire("track", { track: this.track });
  }

  async setLocalDescription(): Promise<void> {
    this.discover({ candidate: "mine 1", sdpMid: "0", sdpMLineIndex: 0 });
    await nextTurn();
    this.localDescription = { sdp: "answer" };
    this.log.push("local");
  }

  async addIceCandidate({ candidate }: { candidate: string }): Promise<void> {
    this.log.push(`candidate: ${candidate}`);
    if (candidate === "bad") throw new Error("cannot use it");
  }

  discover(candidate: IceCandidateLike | null): void {
    this.fire("icecandidate", { candidate });
  }

  getReceivers(): { track: FakeTrack }[] {
    return [{ track: this.track }];
  }

  async getStats(): Promise<Map<string, object>> {
    return new Map(this.reports.map((report, index) => [String(index), report]));
  }

  close(): void {
    this.closed = true;
  }

  enter(state: string): void {
    if (state === "connected") {
      this.iceConnectionState = "connected";
      this.fire("iceconnectionstatechange");
    }
    this.connectionState = state;
    this.fire("connectionstatechange");
  }
}

/** Lets everything that is ready to run do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
}

async function nextTurn(): Promise<void> {
  await Promise.resolve();
}
