import {
  anySignal,
  type Block,
  type CID,
  IntegrityError,
  IpfsKitError,
  throwIfAborted,
} from "@ipfs-kit/core";
import { type BlockSink, writeCar } from "@ipfs-kit/unixfs";

import { BlockHandoff } from "./block-handoff.ts";
import { MAX_ROOTS } from "./defaults.ts";
import type { KuboPins } from "./kubo-pins.ts";
import { parseKuboCid } from "./kubo-blocks.ts";
import { field } from "./rpc/answer.ts";
import { kuboError, notKubo } from "./rpc/kubo-error.ts";
import type { KuboRpc } from "./rpc/kubo-rpc.ts";
import { multipart } from "./rpc/multipart.ts";

/** A root to pin. */
interface WantedPin {
  cid: CID;
  name?: string | undefined;
}

/** What making the blocks came to, and what of it shall be pinned. */
interface Made<T> {
  result: T;
  pin: readonly WantedPin[];
}

export interface Uploaded<T> {
  result: T;
  /** Roots that Kubo could not pin, e.g. because a part is missing, by their text. */
  pinErrors: ReadonlyMap<string, unknown>;
  /** Roots that were not pinned recursively before, each told to one of those who add it at a time. */
  pinned: CID[];
  /** What was made is told: it stays. To be called unless `undo` is. */
  keep: () => void;
  /** Lets go of what is newly pinned, unless somebody else has come to rely on it. Does not fail. */
  undo: () => Promise<void>;
}

export interface DagUploadComponents {
  rpc: KuboRpc;
  pins: KuboPins;
}

/** Has Kubo take in the blocks that `make` hands over. */
export type Upload = <T>(make: MakeDags<T>) => Promise<Uploaded<T>>;

export type MakeDags<T> = (sink: BlockSink, signal: AbortSignal) => Promise<Made<T>>;

/**
 * Has Kubo take in blocks that are made here, and pin what is made of them.
 *
 * The blocks travel as a CAR without roots; a second CAR in the same request names the roots, which
 * are known only at the end. Kubo keeps its garbage collector out from the first block to the last
 * pin, and pins nothing unless the request has come to its end.
 *
 * A root that is pinned already is left alone: see `PinsUnderWay`.
 */
export async function uploadDags<T>(
  { rpc, pins }: DagUploadComponents,
  make: MakeDags<T>,
  callerSignal: AbortSignal | undefined,
): Promise<Uploaded<T>> {
  throwIfAborted(callerSignal);
  const failed = new AbortController();
  const making = anySignal(callerSignal, failed.signal);
  const handoff = new BlockHandoff();
  const made = make(handoff, making);
  made.then(
    () => handoff.end(),
    (error: unknown) => handoff.end({ error }),
  );
  const cancellation = cancellable(callerSignal);
  let plan: PinPlan = { newRoots: [], widened: [], names: new Map() };
  let stay = pins.underWay.enter([]);
  async function* archives(): AsyncGenerator<AsyncIterable<Uint8Array>, void> {
    yield writeCar([], handoff);
    const { pin } = await made;
    throwIfAborted(making);
    const wanted = new Map(pin.map((root) => [root.cid.toString(), root]));
    if (wanted.size > MAX_ROOTS) throw tooManyRoots();
    stay = pins.underWay.enter(pin.map(({ cid }) => cid));
    plan = await planPins(pins, wanted.values(), making);
    // With the roots on their way there is no turning back: Kubo may have pinned by then.
    throwIfAborted(making);
    cancellation.end();
    if (plan.newRoots.length > 0) yield writeCar(plan.newRoots, noBlocks());
  }
  let pinErrors: ReadonlyMap<string, unknown>;
  try {
    const params = { "pin-roots": true, stats: true, "allow-big-block": true };
    const options = { params, signal: cancellation.signal };
    const answer = await rpc.upload("dag/import", multipart(archives()), options);
    checkCount(answer, handoff.count);
    pinErrors = pinErrorsIn(answer, plan.newRoots);
  } catch (error) {
    failed.abort(error);
    handoff.end({ error });
    stay.leave();
    throw error;
  } finally {
    cancellation.end();
  }
  const pinned = plan.newRoots.filter((cid) => !pinErrors.has(cid.toString()));
  const own = pinned.filter((cid) => stay.claim(cid));
  const undo = async () => {
    const unneeded = own.filter((cid) => stay.isAlone(cid) && !plan.widened.includes(cid));
    // What cannot be let go of stays pinned: too much is kept then, not too little.
    await Promise.allSettled(unneeded.map(async (cid) => pins.remove(cid)));
    stay.leave();
  };
  try {
    const { result, pin } = await made;
    stay.ended();
    const wanted = pin.filter(({ cid }) => !pinErrors.has(cid.toString()));
    const isShared = await stay.othersEnded();
    for (const { cid } of wanted) {
      const name = plan.names.get(cid.toString());
      const isOurs = pinned.includes(cid) && !isShared;
      if (!isOurs && (isShared || name !== undefined)) await pins.add(cid, { name, offline: true });
      if (isOurs && name !== undefined) await pins.nameNew(cid, name);
    }
    return { result, pinErrors, pinned: own, keep: () => stay.leave(), undo };
  } catch (error) {
    await undo();
    throw error;
  }
}

/** A signal that follows another until `end` is called. */
function cancellable(signal: AbortSignal | undefined): { signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    end: () => signal?.removeEventListener("abort", onAbort),
  };
}

interface PinPlan {
  newRoots: CID[];
  /** Of those, the ones that have a direct pin. */
  widened: CID[];
  /** What is to be called otherwise than it is, or will be: Kubo pins what it imports without a name. By root. */
  names: Map<string, string>;
}

/** Looks what is pinned already. */
async function planPins(
  pins: KuboPins,
  wanted: Iterable<WantedPin>,
  signal: AbortSignal,
): Promise<PinPlan> {
  const plan: PinPlan = { newRoots: [], widened: [], names: new Map() };
  for (const { cid, name } of wanted) {
    const known = await pins.lookUp(cid, { signal });
    const isNew = known?.kind !== "recursive";
    if (isNew) plan.newRoots.push(cid);
    if (isNew && known !== undefined) plan.widened.push(cid);
    const called = name ?? known?.name;
    const isCalledSo = !isNew && known.name === called;
    if (called !== undefined && !isCalledSo) plan.names.set(cid.toString(), called);
  }
  return plan;
}

/**
 * Of what was made here nothing can be missing: that Kubo could not pin it is a failure, and then
 * nothing of it is kept.
 */
export async function throwPinError({ pinErrors, undo }: Uploaded<unknown>): Promise<void> {
  if (pinErrors.size === 0) return;
  await undo();
  for (const error of pinErrors.values()) throw error;
}

/** Kubo must have counted as many blocks as it was sent. */
function checkCount(answer: readonly unknown[], sent: number): void {
  const stats = answer.map((line) => field(line, "Stats")).find((found) => found !== undefined);
  const count = field(stats, "BlockCount");
  if (count === sent) return;
  throw new IntegrityError(`Kubo was sent ${sent} blocks and speaks of ${String(count)}.`);
}

/** Every root must be spoken of, and none but those. */
function pinErrorsIn(answer: readonly unknown[], roots: readonly CID[]): Map<string, unknown> {
  const errors = new Map<string, unknown>();
  const expected = new Set(roots.map(String));
  for (const root of answer.map((line) => field(line, "Root"))) {
    if (root === undefined) continue;
    const text = field(field(root, "Cid"), "/");
    const cid = typeof text === "string" ? parseKuboCid(text).toString() : "";
    if (!expected.delete(cid)) {
      throw new IntegrityError("Kubo made another root of the blocks than we did.");
    }
    const problem = field(root, "PinErrorMsg");
    if (typeof problem !== "string") throw notKubo('its answer lacks "PinErrorMsg"');
    if (problem !== "") errors.set(cid, kuboError(problem));
  }
  if (expected.size === 0) return errors;
  throw new IntegrityError(`Kubo does not say that it pinned ${[...expected].join(", ")}.`);
}

function tooManyRoots(): IpfsKitError {
  return new IpfsKitError("limit_exceeded", `At most ${MAX_ROOTS} roots can be pinned at a time.`);
}

async function* noBlocks(): AsyncGenerator<Block, void> {}
