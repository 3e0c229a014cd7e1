import {
  GenericNack,
  PictureLossIndication,
  ReceiverEstimatedMaxBitrate,
  RtcpPayloadSpecificFeedback,
  RtcpReceiverInfo,
  RtcpRrPacket,
  RtcpSenderInfo,
  RtcpSrPacket,
  RtcpTransportLayerFeedback,
} from "werift";
import { seededRandom } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import type { ReportBlock } from "../src/sender/remote-reports.ts";
import { dispatchRtcp } from "../src/session/rtcp-dispatch.ts";

/** Two tracks, and all that they and the session are told. */
function listenerOf() {
  const heard: unknown[] = [];
  const answered = new Set<string>();
  const target = (ssrc: number) => ({
    ssrc,
    onReceiverReport: (block: ReportBlock) => void heard.push(["report", block]),
    onNack: (lost: Iterable<number>) => void heard.push(["nack", ssrc, Array.from(lost)]),
    onPictureLoss: () => void heard.push(["pli", ssrc]),
    onFullIntraRequest: (number: number) => {
      const isNew = !answered.has(`${ssrc} ${number}`);
      answered.add(`${ssrc} ${number}`);
      return isNew;
    },
  });
  const targets = [target(1), target(2)];
  const listener = {
    onKeyFrameRequest: () => void heard.push("key frame"),
    onFeedback: (packet: Uint8Array) => void heard.push(["feedback", Buffer.from(packet)]),
  };
  return { heard, receive: (bytes: Uint8Array) => dispatchRtcp(bytes, targets, listener) };
}

const report = (ssrc: number) =>
  new RtcpReceiverInfo({
    ssrc,
    fractionLost: 64,
    packetsLost: 0xff_fffe,
    highestSequence: 0x2_0003,
    jitter: 900,
    lsr: 0xffff_0001,
    dlsr: 65_536,
  });

/** RFC 5104, 4.3.1: of each track its SSRC and the number of the request. */
function fullIntraRequest(...entries: [ssrc: number, number: number][]): Buffer {
  const words = [9, 0, ...entries.flatMap(([ssrc, number]) => [ssrc, number * 2 ** 24])];
  const bytes = Buffer.alloc(4 + words.length * 4);
  bytes.set([0x84, 206, 0, words.length]);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, 4 + index * 4);
  return bytes;
}

describe("what the far end sends", () => {
  it("as a report reaches the track, with a loss that may be below zero", () => {
    const { heard, receive } = listenerOf();
    const block = {
      ssrc: 1,
      fractionLost: 64,
      packetsLost: -2,
      highestSequence: 0x2_0003,
      jitter: 900,
      lastReport: 0xffff_0001,
      delaySinceLastReport: 65_536,
    };
    receive(new RtcpRrPacket({ ssrc: 9, reports: [report(7), report(1)] }).serialize());
    const senderInfo = new RtcpSenderInfo({
      ntpTimestamp: 1n,
      rtpTimestamp: 1,
      packetCount: 1,
      octetCount: 1,
    });
    receive(new RtcpSrPacket({ ssrc: 9, senderInfo, reports: [report(2)] }).serialize());
    expect(heard).toEqual([
      ["report", block],
      ["report", { ...block, ssrc: 2 }],
    ]);
  });

  it("as a request for packets names each of them, across the wrap", () => {
    const { heard, receive } = listenerOf();
    const lost = [65_533, 65_534, 1, 7, 40];
    const feedback = new GenericNack({ senderSsrc: 9, mediaSourceSsrc: 2, lost });
    receive(new RtcpTransportLayerFeedback({ feedback }).serialize());
    expect(heard).toEqual([["nack", 2, lost]]);
  });

  it("as a lost picture asks for a key frame, if it is one of ours", () => {
    const { heard, receive } = listenerOf();
    for (const mediaSsrc of [1, 3]) {
      const feedback = new PictureLossIndication({ senderSsrc: 9, mediaSsrc });
      receive(new RtcpPayloadSpecificFeedback({ feedback }).serialize());
    }
    expect(heard).toEqual([["pli", 1], "key frame"]);
  });

  it("as a full intra request counts once, however often it is sent", () => {
    const { heard, receive } = listenerOf();
    for (const sequenceNumber of [5, 5, 6]) {
      receive(fullIntraRequest([8, 1], [2, sequenceNumber]));
    }
    expect(heard).toEqual(["key frame", "key frame"]);
  });

  it("about congestion is handed on as it is, among other packets", () => {
    const { heard, receive } = listenerOf();
    const remb = new RtcpPayloadSpecificFeedback({
      feedback: new ReceiverEstimatedMaxBitrate({
        senderSsrc: 9,
        mediaSsrc: 0,
        ssrcNum: 1,
        ssrcFeedbacks: [1],
        brExp: 4,
        brMantissa: 50_000,
        bitrate: 800_000n,
      }),
    }).serialize();
    const counted = Buffer.from("8fcd000500000009000000010001000100000a002001000000", "hex");
    const pli = new PictureLossIndication({ senderSsrc: 9, mediaSsrc: 1 });
    const last = new RtcpPayloadSpecificFeedback({ feedback: pli }).serialize();
    receive(Buffer.concat([remb, counted.subarray(0, 24), last]));
    expect(heard).toEqual([
      ["feedback", counted.subarray(0, 24)],
      ["feedback", remb],
      ["pli", 1],
      "key frame",
    ]);
  });

  it("broken in any way does no harm", () => {
    const { receive } = listenerOf();
    const random = seededRandom(7);
    const nack = new GenericNack({ senderSsrc: 9, mediaSourceSsrc: 2, lost: [1, 2, 900] });
    const good = Buffer.concat([
      new RtcpRrPacket({ ssrc: 9, reports: [report(1), report(2)] }).serialize(),
      new RtcpTransportLayerFeedback({ feedback: nack }).serialize(),
    ]);
    for (let round = 0; round < 20_000; round += 1) {
      const bad = Buffer.from(good.subarray(0, Math.floor(random() * (good.length + 1))));
      for (let change = 0; change < 4 && bad.length > 0; change += 1) {
        bad[Math.floor(random() * bad.length)] = Math.floor(random() * 256);
      }
      expect(() => receive(bad)).not.toThrow();
    }
  });
});
