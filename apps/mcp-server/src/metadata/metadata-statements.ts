import type { DatabaseSync, StatementSync } from "node:sqlite";

/** The statements of the metadata, prepared once. */
export class MetadataStatements {
  readonly insert: StatementSync;
  readonly nameIfUnnamed: StatementSync;
  readonly find: StatementSync;
  readonly change: StatementSync;
  readonly probed: StatementSync;
  readonly remove: StatementSync;
  readonly tag: StatementSync;
  readonly untag: StatementSync;
  readonly nextPending: StatementSync;
  readonly count: StatementSync;
  readonly countPending: StatementSync;
  readonly lowest: StatementSync;
  readonly getFact: StatementSync;
  readonly setFact: StatementSync;

  constructor(database: DatabaseSync) {
    this.insert = database.prepare(
      `INSERT INTO records
         (seq, key, cid, name, size, media_type, kind, version, updated_at, probe_status)
       VALUES (:seq, :key, :cid, :name, :size, :media_type, :kind, 1, :now, :status)
       ON CONFLICT (key) DO NOTHING`,
    );
    this.nameIfUnnamed = database.prepare(
      "UPDATE records SET name = ? WHERE key = ? AND name IS NULL",
    );
    this.find = database.prepare("SELECT * FROM records WHERE key = ?");
    this.change = database.prepare(
      "UPDATE records SET name = ?, tags = ?, version = version + 1, updated_at = ? WHERE seq = ?",
    );
    this.probed = database.prepare(
      `UPDATE records SET
         probe_status = :status, probe_reason = :reason, probe_attempts = probe_attempts + 1,
         kind = CASE WHEN media_type IS NULL THEN :kind ELSE kind END,
         size = coalesce(size, :size),
         media_type = coalesce(media_type, :media_type),
         duration = :duration, width = :width, height = :height, codecs = :codecs,
         version = version + 1, updated_at = :now
       WHERE key = :key`,
    );
    this.remove = database.prepare("DELETE FROM records WHERE seq = ?");
    this.tag = database.prepare("INSERT OR IGNORE INTO tags (tag, seq) VALUES (?, ?)");
    this.untag = database.prepare(
      "DELETE FROM tags WHERE seq = ? AND tag IN (SELECT value FROM json_each(?))",
    );
    this.nextPending = database.prepare(
      "SELECT * FROM records WHERE probe_status = 0 ORDER BY probe_attempts, seq LIMIT 1",
    );
    this.count = database.prepare("SELECT count(*) AS count FROM records");
    this.countPending = database.prepare(
      "SELECT count(*) AS count FROM records WHERE probe_status = 0",
    );
    this.lowest = database.prepare("SELECT coalesce(min(seq), 1) AS lowest FROM records");
    this.getFact = database.prepare("SELECT value FROM facts WHERE name = ?");
    this.setFact = database.prepare("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)");
  }
}
