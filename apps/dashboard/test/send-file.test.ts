import { afterEach, describe, expect, it, vi } from "vitest";

import { sendFileTo } from "../src/pages/content/upload/send-file.ts";

/** A browser's request as far as it is used here; the test says what comes back. */
class Request extends EventTarget {
  static last: Request;
  readonly LOADING = 3;
  readonly upload = new EventTarget();
  readonly open = vi.fn<() => void>();
  readonly setRequestHeader = vi.fn<() => void>();
  readonly send = vi.fn<() => void>();
  readonly abort = vi.fn<() => void>();
  status = 0;
  readyState = 1;
  responseText = "";

  constructor() {
    super();
    Request.last = this;
  }

  receive(text: string): void {
    this.status = 200;
    this.readyState = this.LOADING;
    this.responseText += text;
    this.dispatchEvent(new Event("readystatechange"));
  }

  /** As browsers do it: what came before is gone. */
  breakOff(): void {
    this.status = 0;
    this.readyState = 4;
    this.responseText = "";
    this.dispatchEvent(new Event("readystatechange"));
    this.dispatchEvent(new Event("error"));
  }
}

afterEach(() => vi.unstubAllGlobals());

function send() {
  vi.stubGlobal("XMLHttpRequest", Request);
  return sendFileTo(new URL("http://kit.example/"))(new File(["abc"], "a"), {
    signal: new AbortController().signal,
    onSent: () => {},
    onStored: () => {},
  });
}

describe("a file whose add fails after the answer began", () => {
  it("fails with the reason of the server, not with the broken connection", async () => {
    const sent = send();
    Request.last.receive('{"Name":"a","Bytes":2}\n');
    Request.last.receive(
      '{"Name":"a","type":"t","title":"Storage full","status":507,"detail":"No room.","code":"storage_full"}\n',
    );
    Request.last.breakOff();
    await expect(sent).rejects.toMatchObject({ code: "storage_full", message: "No room." });
  });

  it("fails with the broken connection when there is no reason", async () => {
    const sent = send();
    Request.last.receive('{"Name":"a","Bytes":2}\n');
    Request.last.breakOff();
    await expect(sent).rejects.toMatchObject({ code: "unavailable" });
  });
});
