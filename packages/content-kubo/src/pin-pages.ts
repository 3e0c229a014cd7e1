import {
  type AbortOptions,
  CID,
  IpfsKitError,
  type ListPinsOptions,
  type PinKind,
} from "@ipfs-kit/core";

import {
  MAX_CID_LENGTH,
  MAX_NAME_BYTES,
  MAX_PIN_PAGE,
  PIN_PAGE,
  PIN_WINDOW,
  PIN_WINDOW_MS,
} from "./defaults.ts";
import { parseKuboCid } from "./kubo-blocks.ts";
import type { KuboPin } from "./kubo-pins.ts";
import { field, textField } from "./rpc/answer.ts";
import { notKubo } from "./rpc/kubo-error.ts";
import type { KuboRpc } from "./rpc/kubo-rpc.ts";

/** A pin as it comes in: the CID stays text until it is on a page. */
interface ListedPin {
  text: string;
  kind: PinKind;
  name: string | undefined;
}

/** The pins that follow a place in the order, as many as are kept. */
interface Window {
  kinds: readonly PinKind[];
  after: string;
  pins: ListedPin[];
  /** Nothing follows the last one. */
  isLast: boolean;
  readAt: number;
}

export interface KuboPinPage {
  pins: KuboPin[];
  nextCursor?: string;
}

/**
 * Pages of pins in the order of their CIDs as text. Kubo has neither pages nor an order nor times: it
 * lists all pins, always from the start. So the stream is gone through once per 65 536 pins, those
 * that come next are picked out, and the pages after that are made of what was picked. Memory does not
 * depend on how many pins there are.
 */
export class PinPages {
  readonly #rpc: KuboRpc;
  readonly #windowPins: number;
  #window: Window | undefined;
  #changes = 0;

  constructor(rpc: KuboRpc, windowPins = PIN_WINDOW) {
    this.#rpc = rpc;
    this.#windowPins = windowPins;
  }

  /** Forgets what was picked: pins have changed. */
  forget(): void {
    this.#changes += 1;
    this.#window = undefined;
  }

  async page({ limit = PIN_PAGE, cursor, kind, signal }: ListPinsOptions): Promise<KuboPinPage> {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new IpfsKitError("invalid_request", "The limit of a page must be a positive number.");
    }
    const rows = Math.min(limit, MAX_PIN_PAGE);
    const after = cursor === undefined ? "" : checkedCursor(cursor);
    const kinds = kind === undefined ? (["recursive", "direct"] as const) : [kind];
    const window =
      this.#windowFor(kinds, after, rows) ?? (await this.#read(kinds, after, { signal }));
    const start = firstAfter(window.pins, after);
    const shown = window.pins.slice(start, start + rows);
    const isLast = window.isLast && start + rows >= window.pins.length;
    const last = shown.at(-1);
    const pins = shown.map(({ text, kind: its, name }) => ({ cid: cidOf(text), kind: its, name }));
    return isLast || last === undefined ? { pins } : { pins, nextCursor: last.text };
  }

  /** The window at hand, when it holds a whole page from there. A first page is always read anew. */
  #windowFor(kinds: readonly PinKind[], after: string, rows: number): Window | undefined {
    const window = this.#window;
    if (window === undefined || after === "" || after < window.after) return undefined;
    if (performance.now() - window.readAt > PIN_WINDOW_MS) return undefined;
    if (window.kinds.join() !== kinds.join()) return undefined;
    const isEnough = window.isLast || firstAfter(window.pins, after) + rows <= window.pins.length;
    return isEnough ? window : undefined;
  }

  async #read(kinds: readonly PinKind[], after: string, { signal }: AbortOptions): Promise<Window> {
    const picked = new FirstOf(this.#windowPins);
    const [readAt, changes] = [performance.now(), this.#changes];
    for (const kind of kinds) {
      const params = { type: kind, names: true, stream: true };
      for await (const line of this.#rpc.lines("pin/ls", { params, signal })) {
        const text = textField(line, "Cid");
        if (text.length > MAX_CID_LENGTH) throw notKubo("it lists a pin that is no CID");
        if (text > after) picked.offer({ text, kind, name: nameIn(line, kind) });
      }
    }
    const pins = picked.taken();
    const window = { kinds, after, pins, isLast: !picked.hasDropped, readAt };
    // What changed meanwhile may be missing: good for this page, which asked before.
    if (changes === this.#changes) this.#window = window;
    return window;
  }
}

/** Of all that it is offered, keeps the first `count` in order, and at most twice as many meanwhile. */
class FirstOf {
  readonly #count: number;
  #pins: ListedPin[] = [];
  /** What stands behind this one is not among the first. */
  #bound: string | undefined;
  hasDropped = false;

  constructor(count: number) {
    this.#count = count;
  }

  offer(pin: ListedPin): void {
    if (this.#bound !== undefined && pin.text > this.#bound) {
      this.hasDropped = true;
      return;
    }
    this.#pins.push(pin);
    if (this.#pins.length >= this.#count * 2) this.#trim();
  }

  /** In order; one entry for one CID, should Kubo name it twice. */
  taken(): ListedPin[] {
    this.#trim();
    return this.#pins;
  }

  #trim(): void {
    this.#pins.sort((a, b) => (a.text < b.text ? -1 : Number(a.text > b.text)));
    this.#pins = this.#pins.filter((pin, index) => pin.text !== this.#pins[index - 1]?.text);
    if (this.#pins.length > this.#count) {
      this.#pins.length = this.#count;
      this.hasDropped = true;
    }
    if (this.#pins.length === this.#count) this.#bound = this.#pins.at(-1)?.text;
  }
}

/** Where in the ordered pins those after a place begin. */
function firstAfter(pins: readonly ListedPin[], after: string): number {
  let [low, high] = [0, pins.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pins[middle]?.text ?? "") > after) high = middle;
    else low = middle + 1;
  }
  return low;
}

function nameIn(line: unknown, kind: PinKind): string | undefined {
  if (textField(line, "Type") !== kind) throw notKubo("it lists a pin of another kind");
  const name = field(line, "Name");
  // Kubo takes no longer one; a whole window of such would not fit into memory.
  return typeof name === "string" && name !== "" ? name.slice(0, MAX_NAME_BYTES) : undefined;
}

/** Pages are ordered by text and continue after one: it must be the one way to write the CID. */
function cidOf(text: string): CID {
  const cid = parseKuboCid(text);
  if (cid.toString() !== text) throw notKubo("it writes a CID in an uncommon way");
  return cid;
}

function checkedCursor(cursor: string): string {
  try {
    return CID.parse(cursor).toString();
  } catch {
    throw new IpfsKitError(
      "invalid_request",
      "The cursor is not one that a page of pins gave out.",
    );
  }
}
