import type { CID } from "@ipfs-kit/core";

/** Those who change the pin of one root, from the first to come until the last has left. */
interface Group {
  /** How many have come. */
  came: number;
  present: number;
  underWay: Set<Promise<void>>;
  /** One of them has said that the root is newly pinned. */
  isTold: boolean;
}

/** One who pins or lets go of some roots. */
export interface Stay {
  /** What was to be done to the pins is done, or has failed. */
  ended(): void;
  /**
   * Waits for those who are at the same roots at this moment; {@link ended} must have been called.
   *
   * @returns whether anybody else was at them since this one came
   */
  othersEnded(): Promise<boolean>;
  /** Whether nobody else was at the root since this one came. */
  isAlone(cid: CID): boolean;
  /** Of those who are at it, the first to ask is told that the new pin is its own: `true`. */
  claim(cid: CID): boolean;
  leave(): void;
}

/**
 * Who is at the pin of which root. Kubo takes a pin that is there away, goes through the DAG and sets it
 * anew: whoever found the root unpinned and asked for a pin may therefore, for a moment, undo the pin
 * another has just got. And whoever lets go of a root may do so just after another has found it
 * pinned. So nobody says "pinned" before those who came meanwhile have ended, and what others were at
 * is looked at again.
 *
 * Nobody waits here with a request open: Kubo's garbage collector waits for such requests, and all
 * other requests wait for it.
 */
export class PinsUnderWay {
  readonly #groups = new Map<string, Group>();

  enter(roots: Iterable<CID>): Stay {
    const groups = new Map<string, Group>();
    const { promise: over, resolve } = Promise.withResolvers<void>();
    for (const key of new Set(Array.from(roots, rootKey))) {
      const group = this.#groups.get(key) ?? newGroup();
      group.came += 1;
      group.present += 1;
      group.underWay.add(over);
      this.#groups.set(key, group);
      groups.set(key, group);
    }
    const ended = () => {
      resolve();
      for (const group of groups.values()) group.underWay.delete(over);
    };
    return {
      ended,
      othersEnded: async () => {
        await Promise.all(
          Array.from(groups.values(), async (group) => Promise.all(group.underWay)),
        );
        return [...groups.values()].some(({ came }) => came > 1);
      },
      isAlone: (cid) => groups.get(rootKey(cid))?.came === 1,
      claim: (cid) => {
        const group = groups.get(rootKey(cid));
        if (group === undefined || group.isTold) return false;
        group.isTold = true;
        return true;
      },
      leave: () => {
        ended();
        for (const [key, group] of groups) {
          group.present -= 1;
          if (group.present === 0) this.#groups.delete(key);
        }
        groups.clear();
      },
    };
  }

  /** The root is no longer pinned: its next pin is a new one. */
  letGo(cid: CID): void {
    const group = this.#groups.get(rootKey(cid));
    if (group !== undefined) group.isTold = false;
  }
}

/** The same for all versions of a CID: here they have one pin. */
export function rootKey(cid: CID): string {
  return cid.toV1().toString();
}

function newGroup(): Group {
  return { came: 0, present: 0, underWay: new Set(), isTold: false };
}
