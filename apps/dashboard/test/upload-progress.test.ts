import { describe, expect, it } from "vitest";

import { AddAnswer } from "../src/pages/content/upload/add-answer.ts";
import { LineReader } from "../src/pages/content/upload/line-reader.ts";
import { RateEstimator } from "../src/pages/content/upload/rate-estimator.ts";

describe("the speed of an upload", () => {
  it("is not told before there is enough to tell it from", () => {
    const rate = new RateEstimator();
    rate.add(0, 0);
    rate.add(1_000, 100);
    expect(rate.perSecond).toBeUndefined();
    expect(rate.secondsLeft(10_000)).toBeUndefined();
  });

  it("follows a change within seconds and gives the time that is left", () => {
    const rate = new RateEstimator();
    for (let second = 0; second <= 10; second += 1) rate.add(second * 1_000, second * 1_000);
    expect(rate.perSecond).toBe(1_000);
    expect(rate.secondsLeft(15_000)).toBe(5);
    for (let second = 11; second <= 20; second += 1) {
      rate.add(10_000 + (second - 10) * 3_000, second * 1_000);
    }
    expect(rate.perSecond).toBe(3_000);
  });

  it("has no time left to tell when nothing moves", () => {
    const rate = new RateEstimator();
    rate.add(5, 0);
    rate.add(5, 1_000);
    expect(rate.secondsLeft(10)).toBeUndefined();
  });
});

describe("the answer to an add", () => {
  it("is read line by line, however it is cut into pieces", () => {
    const lines: string[] = [];
    const reader = new LineReader((line) => lines.push(line));
    for (const piece of ["on", "e\ntw", "o\n", "\n\nthr", "ee"]) reader.push(piece);
    expect(lines).toEqual(["one", "two"]);
    reader.end();
    reader.end();
    expect(lines).toEqual(["one", "two", "three"]);
  });

  it("gives progress and the CID, and takes no notice of anything else", () => {
    const answer = new AddAnswer();
    answer.push('{"Name":"a","Bytes":10}\n{"Name":"a","By');
    expect([answer.storedBytes, answer.cid]).toEqual([10, undefined]);
    answer.push('tes":20}\nnot json\n{"odd":true}\n{"Name":"a","Hash":"bafy","Size":"20"}');
    answer.end();
    expect([answer.storedBytes, answer.cid]).toEqual([20, "bafy"]);
  });

  it("keeps what the server says went wrong after it had begun", () => {
    const answer = new AddAnswer();
    answer.push('{"Name":"a","Bytes":10}\n{"Name":"a","type":"urn:ipfs-kit:error:storage_full",');
    expect(answer.failure).toBeUndefined();
    answer.push('"title":"Storage full","status":507,"detail":"No room.","code":"storage_full"}\n');
    expect(answer.failure).toMatchObject({ code: "storage_full", message: "No room." });
    expect(answer.cid).toBeUndefined();
  });
});
