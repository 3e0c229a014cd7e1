import { KeySketch } from "./key-sketch.ts";
import { keyOf } from "./keys.ts";

/** A place in the packs: the order of these is the order of writing. */
export interface Position {
  pack: number;
  offset: number;
}

/** What {@link UnderWay} asks of the packs. */
export interface Positions {
  /** Where the next record will stand. */
  position(): Position;
  placeOf(multihash: Uint8Array): Position | undefined;
}

/** An add or import that has not ended: none of its blocks may be taken for garbage. */
export interface Operation {
  readonly start: Position;
  /** Blocks it needs and did not write, for they were here: not known by their place. */
  readonly found: KeySketch;
  /** To be called once what it wrote is pinned, or given up. */
  end(): void;
}

/**
 * What must not be swept although no pin says so: blocks written since the oldest operation under
 * way began, blocks that such operations found here, and blocks that are just coming in.
 */
export class UnderWay {
  readonly #packs: Positions;
  readonly #operations = new Set<Operation>();
  /** How often each key is coming in at this moment. */
  readonly #arriving = new Map<string, number>();
  #collection: { floor: Position; found: KeySketch } | undefined;

  constructor(packs: Positions) {
    this.#packs = packs;
  }

  begin(): Operation {
    const operation: Operation = {
      start: this.#packs.position(),
      found: new KeySketch(),
      end: () => {
        // What it was about may be pinned by now or not; a collection under way spares it.
        if (this.#operations.delete(operation)) this.#collection?.found.absorb(operation.found);
      },
    };
    this.#operations.add(operation);
    return operation;
  }

  /** Runs `work`, which takes in a block, while the block is safe. */
  async arriving<T>(multihash: Uint8Array, work: () => Promise<T>): Promise<T> {
    const key = keyOf(multihash);
    this.#arriving.set(key, (this.#arriving.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const rest = (this.#arriving.get(key) ?? 1) - 1;
      if (rest === 0) this.#arriving.delete(key);
      else this.#arriving.set(key, rest);
    }
  }

  /**
   * Begins a collection: from here to {@link collectionEnded}, what is under way stays safe even
   * after it has ended.
   */
  collectionBegan(): void {
    const starts = [...this.#operations].map(({ start }) => start);
    const floor = starts.reduce(earlier, this.#packs.position());
    this.#collection = { floor, found: new KeySketch() };
  }

  collectionEnded(): void {
    this.#collection = undefined;
  }

  /** Whether a block must stay for the sake of what is under way. */
  isNeeded(multihash: Uint8Array): boolean {
    if (this.#collection === undefined || this.#arriving.has(keyOf(multihash))) return true;
    const { floor, found } = this.#collection;
    const place = this.#packs.placeOf(multihash);
    if (place === undefined || !isBefore(place, floor) || found.mayHave(multihash)) return true;
    for (const operation of this.#operations) if (operation.found.mayHave(multihash)) return true;
    return false;
  }
}

function isBefore(a: Position, b: Position): boolean {
  return a.pack < b.pack || (a.pack === b.pack && a.offset < b.offset);
}

function earlier(a: Position, b: Position): Position {
  return isBefore(a, b) ? a : b;
}
