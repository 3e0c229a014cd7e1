/** A content store being measured, with the few things that all of them can do. */
export interface Subject extends AsyncDisposable {
  /** Resolves when the file is acknowledged. @returns its CID, if it makes any */
  add(source: AsyncIterable<Uint8Array>): Promise<string | undefined>;
  read(cid: string): AsyncIterable<Uint8Array>;
}

/** Opens a subject in an empty folder. */
export type OpenSubject = (directory: string) => Promise<Subject>;
