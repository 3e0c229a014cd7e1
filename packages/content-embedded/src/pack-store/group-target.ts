import type { DiskReserve } from "./disk-reserve.ts";
import { PackGoneError, type PackWriter, type WrittenGroup } from "./pack-writer.ts";
import type { PackRecord } from "./record.ts";
import { asStoreError } from "./store-errors.ts";

/** Where groups go. Order is the caller's: one call at a time, but for `seal` beside a `write`. */
export interface GroupTarget {
  /** Runs work that nothing else may come between. */
  inTurn(work: () => Promise<void>): Promise<void>;
  /** Whether somebody waits for his turn. */
  readonly isWanted: boolean;
  /** Writes records behind those before; they count once sealed. */
  write(records: readonly PackRecord[], before: Promise<void> | undefined): Promise<WrittenGroup>;
  seal(group: WrittenGroup): Promise<void>;
  /** Undoes what was written and not sealed. */
  takeBack(): Promise<void>;
  /** After a {@link PackGoneError}. */
  leaveGonePack(): Promise<void>;
  /** Both at once, when nothing else is on its way. Takes back by itself what fails. */
  append(records: readonly PackRecord[]): Promise<void>;
}

/** Lets go of roots even on a full disk; takes in nothing that would need the room kept back. */
export function groupTarget({
  writer,
  reserve,
}: {
  writer: PackWriter;
  reserve: Pick<DiskReserve, "hold" | "spend">;
}): GroupTarget {
  return {
    get isWanted() {
      return writer.isWanted;
    },
    inTurn: async (work) => writer.inTurn(work),
    write: async (records, before) => {
      await reserve.hold().catch(asStoreError);
      return writer.write(records, before).catch(asGroupError);
    },
    seal: async (group) => writer.seal(group).catch(asGroupError),
    takeBack: async () => writer.takeBack(),
    leaveGonePack: async () => writer.leaveGonePack(),
    append: async (records) => {
      const append = async () => writer.append(records);
      const isLettingGo = records.every(({ kind }) => kind === "unpin");
      await (isLettingGo ? reserve.spend(append) : append()).catch(asStoreError);
    },
  };
}

function asGroupError(error: unknown): never {
  if (error instanceof PackGoneError) throw error;
  return asStoreError(error);
}
