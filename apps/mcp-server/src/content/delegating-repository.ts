import type {
  AbortOptions,
  AddedEntry,
  AddOptions,
  AddResult,
  AddTreeOptions,
  CID,
  ContentInfo,
  ContentRepository,
  ImportCarOptions,
  ImportedCar,
  ListPinsOptions,
  Pin,
  PinOptions,
  PinPage,
  ReadOptions,
  RepositoryStats,
  TreeEntry,
} from "@ipfs-kit/core";

/** A repository that is another one; what stands in front of one changes some of it. */
export class DelegatingRepository implements ContentRepository {
  protected readonly inner: ContentRepository;
  readonly keepWhileRead?: (cid: CID) => () => void;

  constructor(inner: ContentRepository) {
    this.inner = inner;
    const keep = inner.keepWhileRead?.bind(inner);
    if (keep !== undefined) this.keepWhileRead = keep;
  }

  get blocks(): ContentRepository["blocks"] {
    return this.inner.blocks;
  }

  get events(): ContentRepository["events"] {
    return this.inner.events;
  }

  async add(source: AsyncIterable<Uint8Array>, options?: AddOptions): Promise<AddResult> {
    return this.inner.add(source, options);
  }

  addTree(entries: AsyncIterable<TreeEntry>, options?: AddTreeOptions): AsyncIterable<AddedEntry> {
    return this.inner.addTree(entries, options);
  }

  async importCar(
    source: AsyncIterable<Uint8Array>,
    options?: ImportCarOptions,
  ): Promise<ImportedCar> {
    return this.inner.importCar(source, options);
  }

  async stat(cid: CID, options?: AbortOptions): Promise<ContentInfo> {
    return this.inner.stat(cid, options);
  }

  read(cid: CID, options?: ReadOptions): AsyncIterable<Uint8Array> {
    return this.inner.read(cid, options);
  }

  async pin(cid: CID, options?: PinOptions): Promise<void> {
    return this.inner.pin(cid, options);
  }

  async unpin(cid: CID, options?: AbortOptions): Promise<void> {
    return this.inner.unpin(cid, options);
  }

  async listPins(options?: ListPinsOptions): Promise<PinPage> {
    return this.inner.listPins(options);
  }

  async findPin(cid: CID, options?: AbortOptions): Promise<Pin | undefined> {
    return this.inner.findPin(cid, options);
  }

  collectGarbage(options?: AbortOptions): AsyncIterable<CID> {
    return this.inner.collectGarbage(options);
  }

  async stats(options?: AbortOptions): Promise<RepositoryStats> {
    return this.inner.stats(options);
  }
}
