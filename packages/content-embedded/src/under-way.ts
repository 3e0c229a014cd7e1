import { KeySketch } from "./key-sketch.ts";

/** Work that takes in blocks and has not ended: none of them may be taken for garbage. */
export interface Operation {
  /** To be called with each block before anybody looks whether it is here already. */
  takesIn(multihash: Uint8Array): void;
  /** To be called once what it took in is pinned, or given up. */
  end(): void;
}

/**
 * What must not be swept although no pin says so: every block taken in by work that was under way
 * when the collection began, or that began since; whether it was written anew or found here, and
 * whether or not that work has ended meanwhile.
 */
export class UnderWay {
  readonly #operations = new Set<KeySketch>();
  #collection: KeySketch | undefined;

  begin(): Operation {
    const taken = new KeySketch();
    this.#operations.add(taken);
    return {
      takesIn: (multihash) => {
        taken.add(multihash);
        this.#collection?.add(multihash);
      },
      end: () => void this.#operations.delete(taken),
    };
  }

  collectionBegan(): void {
    this.#collection = new KeySketch();
    for (const taken of this.#operations) this.#collection.absorb(taken);
  }

  collectionEnded(): void {
    this.#collection = undefined;
  }

  /** Whether a block must stay for the sake of what is or was under way during the collection. */
  isNeeded(multihash: Uint8Array): boolean {
    return this.#collection?.mayHave(multihash) ?? true;
  }
}
