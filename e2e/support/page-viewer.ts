import { readFrameNumber } from "@ipfs-kit/testing";
import type { JSHandle, Page } from "playwright-core";

/** What the page has seen of a stream. */
export interface Sample {
  framesDecoded: number;
  framesDropped: number;
  width: number;
  height: number;
  /** Read from the picture's barcode. */
  frameNumber: number | undefined;
  /** Mean and spread of the picture's brightness: a black or flat picture has none. */
  brightness: number;
  contrast: number;
  audioSamples: number;
  audioEnergy: number;
  packetsLost: number;
  freezeCount: number;
}

export interface OpenOptions {
  url: string;
  cid: string;
  kind?: string;
  startAtSeconds?: number;
  /** When our candidates are sent: the moment they are found, or only after the answer. */
  candidates?: "at once" | "after the answer";
  /** Changes our answer before it is sent. */
  answer?: "as it is" | "decline all";
  /** Waits before answering the offer. */
  answerAfterMs?: number;
}

/** A viewer in the page: written from the wire format, with nothing of our own client in it. */
export interface PageViewer {
  readonly id: string;
  /** Milliseconds since the request. */
  readonly steps: Record<string, number>;
  readonly messages: { type: string; code?: string; candidate?: string }[];
  readonly error: { code: string; message: string } | undefined;
  sample(): Promise<Sample>;
  send(message: object): void;
  /** Resolves with the next message of a type (or one already there since the last wait). */
  next(type: string, timeoutMs?: number): Promise<Record<string, unknown>>;
  /** The states of the peer connection and its DTLS transport. */
  states(): { connection: string; dtls: string };
  leave(): void;
}

declare global {
  /** Told of the server's candidates as they come; a test may expose it to the page. */
  var onServerCandidate: ((candidate: string) => void) | undefined;
  var openViewer: (options: OpenOptions) => Promise<PageViewer>;
  var readFrameNumber: (
    rgba: Uint8ClampedArray,
    width: number,
    height: number,
  ) => number | undefined;
}

/** Puts the viewer into a page. */
export async function installViewer(page: Page): Promise<void> {
  await page.evaluate(`globalThis.readFrameNumber = ${readFrameNumber.toString()}`);
  await page.evaluate(`globalThis.openViewer = ${openViewerInPage.toString()}`);
}

/** Asks for content and waits for its first frame, the `connected` of audio, or an error. */
export async function openViewer(page: Page, options: OpenOptions): Promise<JSHandle<PageViewer>> {
  return page.evaluateHandle(async (given) => globalThis.openViewer(given), options);
}

async function openViewerInPage(options: OpenOptions): Promise<PageViewer> {
  const { url, cid, kind, startAtSeconds, candidates = "at once", answer = "as it is" } = options;
  const { answerAfterMs = 0 } = options;
  const startedAt = performance.now();
  const steps: Record<string, number> = {};
  const step = (name: string) => (steps[name] ??= performance.now() - startedAt);
  const socket = new WebSocket(url);
  const connection = new RTCPeerConnection();
  const video = document.createElement("video");
  video.autoplay = true;
  video.playsInline = true;
  document.body.append(video);
  const stream = new MediaStream();
  const messages: PageViewer["messages"][number][] = [];
  const unread: Record<string, unknown>[] = [];
  const waiting: { type: string; resolve: (message: Record<string, unknown>) => void }[] = [];
  const early: RTCIceCandidateInit[] = [];
  const mine: RTCIceCandidateInit[] = [];
  let id = "";
  let error: { code: string; message: string } | undefined;
  let answered = false;
  const { promise: settled, resolve: settle } = Promise.withResolvers<void>();

  const send = (message: object) => socket.send(JSON.stringify(message));
  const sendCandidate = (candidate: RTCIceCandidateInit) =>
    send({ type: "candidate", pc_id: id, ...candidate });
  connection.onicecandidate = ({ candidate }) => {
    if (candidate === null) return;
    const plain = candidate.toJSON();
    if (candidates === "at once" || answered) sendCandidate(plain);
    else mine.push(plain);
  };
  connection.ontrack = ({ track }) => {
    stream.addTrack(track);
    video.srcObject = stream;
    video.play().catch(() => {});
    if (track.kind === "video") {
      video.requestVideoFrameCallback(() => {
        step("first frame");
        settle();
      });
    }
  };
  connection.oniceconnectionstatechange = () => {
    if (connection.iceConnectionState === "connected") step("ice");
  };
  connection.onconnectionstatechange = () => {
    if (connection.connectionState === "connected") step("dtls");
  };

  const onOffer = async (message: { pc_id: string; sdp: string }) => {
    step("offer");
    id = message.pc_id;
    await new Promise((resolve) => setTimeout(resolve, answerAfterMs));
    await connection.setRemoteDescription({ type: "offer", sdp: message.sdp });
    const made = await connection.createAnswer();
    await connection.setLocalDescription(made);
    const sdp = made.sdp ?? "";
    send({
      type: "answer",
      pc_id: id,
      sdp: answer === "as it is" ? sdp : sdp.replaceAll(/^m=(\w+) \d+/gm, "m=$1 0"),
    });
    answered = true;
    for (const candidate of mine) sendCandidate(candidate);
    for (const candidate of early) await connection.addIceCandidate(candidate);
  };
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data));
    messages.push(message);
    const index = waiting.findIndex(({ type }) => type === message.type);
    if (index >= 0) waiting.splice(index, 1)[0]?.resolve(message);
    else unread.push(message);
    if (message.type === "offer") void onOffer(message);
    if (message.type === "candidate") {
      const { candidate, sdpMid, sdpMLineIndex } = message;
      globalThis.onServerCandidate?.(candidate);
      const plain = { candidate, sdpMid, sdpMLineIndex };
      if (connection.remoteDescription === null) early.push(plain);
      else void connection.addIceCandidate(plain);
    }
    if (message.type === "connected") {
      step("connected");
      if (!connection.getReceivers().some(({ track }) => track.kind === "video")) settle();
    }
    if (message.type === "error") {
      error ??= message; // What comes after it is a consequence.
      settle();
    }
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error("The socket did not open.")));
  });
  step("socket");
  send({
    type: "offer_request",
    cid,
    ...(kind === undefined ? {} : { kind }),
    ...(startAtSeconds === undefined ? {} : { start_at_seconds: startAtSeconds }),
  });
  await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 30_000))]);

  return {
    id,
    steps,
    messages,
    get error() {
      return error;
    },
    send,
    next: async (type, timeoutMs = 5_000) => {
      const index = unread.findIndex((message) => message["type"] === type);
      const [found] = index < 0 ? [] : unread.splice(index, 1);
      if (found !== undefined) return found;
      return new Promise((resolve, reject) => {
        waiting.push({ type, resolve });
        setTimeout(() => reject(new Error(`No "${type}" within ${timeoutMs} ms.`)), timeoutMs);
      });
    },
    states: () => ({
      connection: connection.connectionState,
      dtls: connection.getReceivers()[0]?.transport?.state ?? "none",
    }),
    leave: () => {
      connection.close();
      socket.close();
      video.remove();
    },
    sample: async () => {
      const sample: Sample = {
        framesDecoded: 0,
        framesDropped: 0,
        width: video.videoWidth,
        height: video.videoHeight,
        frameNumber: undefined,
        brightness: 0,
        contrast: 0,
        audioSamples: 0,
        audioEnergy: 0,
        packetsLost: 0,
        freezeCount: 0,
      };
      for (const [, report] of await connection.getStats()) {
        if (report.type !== "inbound-rtp") continue;
        sample.packetsLost += report.packetsLost ?? 0;
        if (report.kind === "video") {
          sample.framesDecoded = report.framesDecoded ?? 0;
          sample.framesDropped = report.framesDropped ?? 0;
          sample.freezeCount = report.freezeCount ?? 0;
        } else {
          sample.audioSamples = report.totalSamplesReceived ?? 0;
          sample.audioEnergy = report.totalAudioEnergy ?? 0;
        }
      }
      if (video.videoWidth === 0) return sample;
      const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
      const context = canvas.getContext("2d", { willReadFrequently: true });
      if (context === null) return sample;
      context.drawImage(video, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      sample.frameNumber = globalThis.readFrameNumber(data, canvas.width, canvas.height);
      let sum = 0;
      let squares = 0;
      for (let at = 0; at < data.length; at += 4) {
        const luma = ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0)) / 3;
        sum += luma;
        squares += luma * luma;
      }
      const count = data.length / 4;
      sample.brightness = sum / count;
      sample.contrast = Math.sqrt(squares / count - sample.brightness ** 2);
      return sample;
    },
  };
}
