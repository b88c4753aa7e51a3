/** Raised with every change of the tables; kept in `PRAGMA user_version`. */
export const schemaVersion = 1;

/** "EGXL", kept in `PRAGMA application_id`: tells a log from any other SQLite file. */
export const applicationId = 0x4547584c;

/**
 * The tables of version 1. Names of topics and groups occur once; everything else refers to them by
 * number, and a number is never given twice (AUTOINCREMENT), so nothing of a deleted topic can be
 * taken for its successor's.
 */
export const schemaSql = `
CREATE TABLE topics (
  ref INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  id TEXT NOT NULL UNIQUE,
  partitions INTEGER NOT NULL,
  retention_ms INTEGER,
  retention_bytes INTEGER
) STRICT;

-- topic_ref is null when the topic was deleted and the records are still to be removed.
CREATE TABLE partitions (
  ref INTEGER PRIMARY KEY AUTOINCREMENT,
  topic_ref INTEGER,
  partition INTEGER NOT NULL,
  start_offset INTEGER NOT NULL,
  end_offset INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  last_timestamp_ms INTEGER NOT NULL,
  UNIQUE (topic_ref, partition)
) STRICT;

-- One row for every offset of [start_offset, end_offset), timestamps never descending.
-- Headers are in header_sets, or in the row, or (both null) there are none.
CREATE TABLE records (
  partition_ref INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  key BLOB,
  value BLOB,
  header_set INTEGER,
  headers BLOB,
  PRIMARY KEY (partition_ref, offset)
) STRICT, WITHOUT ROWID;

CREATE TABLE header_sets (
  ref INTEGER PRIMARY KEY,
  headers BLOB NOT NULL UNIQUE
) STRICT;

-- A group as far as one topic is concerned. version grows with every change that members must see.
CREATE TABLE consumer_groups (
  ref INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  topic_ref INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (name, topic_ref)
) STRICT;

CREATE TABLE members (
  ref INTEGER PRIMARY KEY AUTOINCREMENT,
  group_ref INTEGER NOT NULL,
  session_timeout_ms INTEGER NOT NULL,
  beats INTEGER NOT NULL,
  machine TEXT NOT NULL,
  pid INTEGER NOT NULL
) STRICT;
CREATE INDEX members_by_group ON members (group_ref);

-- owner holds the partition, since generation; target is to have it once the owner let go.
CREATE TABLE assignments (
  group_ref INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  target INTEGER,
  owner INTEGER,
  generation INTEGER NOT NULL,
  PRIMARY KEY (group_ref, partition)
) STRICT, WITHOUT ROWID;

CREATE TABLE commits (
  group_ref INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  PRIMARY KEY (group_ref, partition)
) STRICT, WITHOUT ROWID;
`;
