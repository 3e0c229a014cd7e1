import type { DatabaseSync } from "node:sqlite";

import {
  type CID,
  InvalidStateError,
  type Logger,
  NotFoundError,
  type Startable,
} from "@ipfs-kit/core";
import type { MetadataPage, MetadataRecord } from "@ipfs-kit/core/wire";

import { openMetadataDatabase, writeFailure } from "./metadata-database.ts";
import { compileQuery, MAX_SCANNED_ROWS, type MetadataQuery } from "./metadata-query.ts";
import {
  cidIn,
  metadataKey,
  numberIn,
  PROBE_STATUSES,
  type ProbeStatus,
  recordOf,
  type Row,
  SEPARATOR,
  textIn,
} from "./metadata-record.ts";
import { MetadataStatements } from "./metadata-statements.ts";

/** What is known of content when it comes in. */
export interface NewMetadata {
  cid: CID;
  /** Absent when it is not known yet. */
  size?: number | undefined;
  name?: string | undefined;
  mediaType?: string | undefined;
}

/** What a look at the bytes found out. */
export interface ProbeResult {
  status: ProbeStatus;
  reasonCode?: string | undefined;
  size?: number | undefined;
  mediaType?: string | undefined;
  durationSeconds?: number | undefined;
  width?: number | undefined;
  height?: number | undefined;
  codecs?: readonly string[] | undefined;
}

export interface MetadataChange {
  /** The one that was seen. */
  version: number;
  /** `null` takes it away; absent leaves it. */
  name?: string | null | undefined;
  tags?: readonly string[] | undefined;
}

/** A record whose bytes are still to be looked at. */
export interface PendingProbe {
  cid: CID;
  name: string | undefined;
  size: number | undefined;
  mediaType: string | undefined;
  attempts: number;
}

type Note = { add: NewMetadata } | { remove: CID };

/** Additions wait for each other so long, so that many small files cost one transaction. */
const GATHER_MS = 50;
/** Or until there are so many. */
const MAX_GATHERED = 512;

export interface MetadataStoreInit {
  /** The database file; its folder must be there. */
  path: string;
  logger: Logger;
}

/**
 * What is known of content by CID, in a database of its own. Changes by people are durable when they
 * are acknowledged. Additions are gathered for 50 ms; a crash may lose the last of them, which are
 * then taken in again from the pins. Calls are synchronous, some microseconds to some milliseconds.
 */
export class MetadataStore implements Startable {
  readonly #init: MetadataStoreInit;
  #open: { database: DatabaseSync; statements: MetadataStatements } | undefined;
  /** In the order they came: an add after a removal is an add. */
  #gathered: Note[] = [];
  /** What those come to: whether there will be a record, by key. */
  readonly #gatheredKeys = new Map<string, boolean>();
  #timer: NodeJS.Timeout | undefined;
  /** Kept up with every change: counting would take longer the more there is. */
  #counts = { records: 0, pending: 0 };

  constructor(init: MetadataStoreInit) {
    this.#init = init;
  }

  /** @throws IpfsKitError `data_directory` */
  async start(): Promise<void> {
    if (this.#open !== undefined) return;
    const database = openMetadataDatabase(this.#init.path, this.#init.logger);
    const statements = new MetadataStatements(database);
    this.#counts = {
      records: numberIn(statements.count.get() ?? {}, "count"),
      pending: numberIn(statements.countPending.get() ?? {}, "count"),
    };
    this.#open = { database, statements };
  }

  async stop(): Promise<void> {
    if (this.#open === undefined) return;
    this.#flush();
    this.#open.database.close();
    this.#open = undefined;
  }

  /** Takes in what came into the repository. What is known of it already stays. */
  add(metadata: NewMetadata): void {
    this.#gather({ add: metadata });
  }

  /** Lets go of what left the repository. */
  remove(cid: CID): void {
    this.#gather({ remove: cid });
  }

  /** Costs no transaction, unlike the other questions: it is asked with every add. */
  has(cid: CID): boolean {
    const key = metadataKey(cid);
    const gathered = this.#gatheredKeys.get(textOf(key));
    return gathered ?? this.#parts().statements.find.get(key) !== undefined;
  }

  find(cid: CID): MetadataRecord | undefined {
    const row = this.#rowOf(cid);
    return row === undefined ? undefined : recordOf(row);
  }

  /** @throws NotFoundError */
  get(cid: CID): MetadataRecord {
    const record = this.find(cid);
    if (record === undefined) throw unknown(cid);
    return record;
  }

  /**
   * A page of records, newest first. Looks at 10 000 rows at most: when fewer than wanted match, the
   * page is short, and has a cursor all the same.
   *
   * @throws IpfsKitError `invalid_request` for a cursor no page gave out
   */
  query(query: MetadataQuery): MetadataPage {
    const compiled = compileQuery(query);
    this.#flush();
    const { database } = this.#parts();
    const found = database.prepare(compiled.sql).all(compiled.parameters);
    const shown = found.slice(0, query.limit);
    const items = shown.map(recordOf);
    const last = shown.at(-1);
    if (found.length > query.limit && last !== undefined) {
      return { items, next_cursor: String(numberIn(last, "seq")) };
    }
    const way = database.prepare(compiled.scannedSql).get(compiled.scannedParameters) ?? {};
    if (numberIn(way, "scanned") < MAX_SCANNED_ROWS) return { items };
    return { items, next_cursor: String(numberIn(way, "last")) };
  }

  /**
   * Changes what people say of content. Durable when it returns.
   *
   * @throws NotFoundError; InvalidStateError when somebody else changed it meanwhile; IpfsKitError
   *   `storage_full`
   */
  update(cid: CID, { version, name, tags }: MetadataChange): MetadataRecord {
    this.#flush();
    const { database, statements } = this.#parts();
    const row = this.#rowOf(cid);
    if (row === undefined) throw unknown(cid);
    const current = numberIn(row, "version");
    if (current !== version) {
      throw new InvalidStateError(
        `The metadata of ${cid.toString()} was changed meanwhile: it has version ${current}, not ${version}.`,
        { details: { version: current } },
      );
    }
    const seq = numberIn(row, "seq");
    const sorted = tags === undefined ? undefined : [...new Set(tags)].toSorted();
    // The disk is waited for here, as somebody gets an acknowledgement for this.
    database.exec("PRAGMA synchronous = FULL");
    try {
      this.#transact(() => {
        const newName = name === undefined ? (textIn(row, "name") ?? null) : name;
        const newTags = sorted?.join(SEPARATOR) ?? textIn(row, "tags") ?? null;
        statements.change.run(newName, newTags, Date.now(), seq);
        if (sorted === undefined) return;
        statements.untag.run(...tagsOf(row, seq));
        for (const tag of sorted) statements.tag.run(tag, seq);
      });
    } catch (error) {
      throw writeFailure(error);
    } finally {
      database.exec("PRAGMA synchronous = NORMAL");
    }
    return this.get(cid);
  }

  /** The record whose turn it is to be looked at: the one looked at least often, of these the oldest. */
  nextPending(): PendingProbe | undefined {
    this.#flush();
    const row = this.#parts().statements.nextPending.get();
    if (row === undefined) return undefined;
    return {
      cid: cidIn(row),
      name: textIn(row, "name"),
      size: row["size"] === null ? undefined : numberIn(row, "size"),
      mediaType: textIn(row, "media_type"),
      attempts: numberIn(row, "probe_attempts"),
    };
  }

  /** Notes what a look at the bytes found out. A record that is gone meanwhile stays gone. */
  setProbed(cid: CID, result: ProbeResult): void {
    this.#flush();
    const { statements } = this.#parts();
    const { status, reasonCode, size, mediaType, durationSeconds, width, height, codecs } = result;
    const key = metadataKey(cid);
    const before = statements.find.get(key);
    statements.probed.run({
      key,
      status: PROBE_STATUSES.indexOf(status),
      reason: reasonCode ?? null,
      size: size ?? null,
      media_type: mediaType ?? null,
      kind: kindOf(mediaType),
      duration: durationSeconds ?? null,
      width: width ?? null,
      height: height ?? null,
      codecs: codecs?.join(SEPARATOR) ?? null,
      now: Date.now(),
    });
    if (before === undefined) return;
    this.#counts.pending += Number(status === "pending") - Number(isPending(before));
  }

  counts(): { records: number; pending: number } {
    this.#flush();
    return { ...this.#counts };
  }

  /** Whether all that was there before the metadata has been taken in. */
  get isBackfilled(): boolean {
    return this.#parts().statements.getFact.get("backfilled") !== undefined;
  }

  markBackfilled(): void {
    this.#parts().statements.setFact.run("backfilled", 1);
  }

  /** Takes in what is older than all that is known, newest first. */
  addBelow(older: readonly NewMetadata[]): void {
    this.#flush();
    const { statements } = this.#parts();
    let seq = Math.min(1, numberIn(statements.lowest.get() ?? {}, "lowest"));
    this.#transact(() => {
      for (const metadata of older) {
        seq -= 1;
        this.#insert(metadata, seq);
      }
    });
  }

  #gather(note: Note): void {
    if (this.#open === undefined) return;
    this.#gathered.push(note);
    const isAdd = "add" in note;
    this.#gatheredKeys.set(textOf(metadataKey(isAdd ? note.add.cid : note.remove)), isAdd);
    if (this.#gathered.length >= MAX_GATHERED) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  /** A failure is told, and what was gathered is lost: nobody waits for it, and adds must go on. */
  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const notes = this.#gathered;
    if (notes.length === 0) return;
    this.#gathered = [];
    this.#gatheredKeys.clear();
    try {
      this.#transact(() => {
        for (const note of notes) {
          if ("add" in note) this.#insert(note.add, null);
          else this.#delete(note.remove);
        }
      });
    } catch (error) {
      this.#init.logger.error("metadata could not be written", { error, records: notes.length });
    }
  }

  #insert({ cid, size, name, mediaType }: NewMetadata, seq: number | null): void {
    const { statements } = this.#parts();
    const key = metadataKey(cid);
    const status = needsProbe(size, mediaType) ? "pending" : "not_needed";
    const { changes } = statements.insert.run({
      seq,
      key,
      cid: cid.bytes,
      name: name ?? null,
      size: size ?? null,
      media_type: mediaType ?? null,
      kind: kindOf(mediaType),
      now: Date.now(),
      status: PROBE_STATUSES.indexOf(status),
    });
    this.#counts.records += Number(changes);
    if (status === "pending") this.#counts.pending += Number(changes);
    if (changes === 0 && name !== undefined) statements.nameIfUnnamed.run(name, key);
  }

  #delete(cid: CID): void {
    const { statements } = this.#parts();
    const row = statements.find.get(metadataKey(cid));
    if (row === undefined) return;
    const seq = numberIn(row, "seq");
    statements.untag.run(...tagsOf(row, seq));
    statements.remove.run(seq);
    this.#counts.records -= 1;
    if (isPending(row)) this.#counts.pending -= 1;
  }

  #rowOf(cid: CID): Row | undefined {
    this.#flush();
    return this.#parts().statements.find.get(metadataKey(cid));
  }

  #transact(change: () => void): void {
    const { database } = this.#parts();
    const counts = { ...this.#counts };
    database.exec("BEGIN IMMEDIATE");
    try {
      change();
      database.exec("COMMIT");
    } catch (error) {
      this.#counts = counts;
      // A full disk makes SQLite roll back by itself; a second ROLLBACK would then hide the reason.
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  #parts(): { database: DatabaseSync; statements: MetadataStatements } {
    if (this.#open !== undefined) return this.#open;
    throw new InvalidStateError("The metadata store is not running: call start() first.");
  }
}

/** What is no file, or no audio or video, has nothing to be looked at for; the unknown may have. */
function needsProbe(size: number | undefined, mediaType: string | undefined): boolean {
  return size === undefined || mediaType === undefined || /^(?:audio|video)\//.test(mediaType);
}

function isPending(row: Row): boolean {
  return numberIn(row, "probe_status") === PROBE_STATUSES.indexOf("pending");
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString("latin1");
}

function kindOf(mediaType: string | undefined): string | null {
  return mediaType?.split("/", 1)[0] ?? null;
}

/** As JSON, for a statement that takes a list. */
function tagsOf(row: Row, seq: number): [number, string] {
  return [seq, JSON.stringify(textIn(row, "tags")?.split(SEPARATOR) ?? [])];
}

function unknown(cid: CID): NotFoundError {
  return new NotFoundError(`Nothing is known of ${cid.toString()}.`, {
    details: { cid: cid.toString() },
  });
}
