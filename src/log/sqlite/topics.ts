import { randomUUID } from "node:crypto";

import { EgxError } from "../../base/errors.ts";
import type { PartitionOffsets, TopicInfo, TopicSpec } from "../log.ts";
import type { LogDatabase, Statement } from "./database.ts";
import { integerOf, integerOrNullOf, type Row, textOf } from "./row.ts";

/** A topic of the file, by the number that its other tables know it by. */
export interface StoredTopic {
  readonly ref: number;
  readonly info: TopicInfo;
}

/** A partition of the file. */
export interface StoredPartition extends PartitionOffsets {
  readonly ref: number;
  /** Bytes of its records, as retention counts them. */
  readonly bytes: number;
  /** That of its newest record, 0 when there was none yet. */
  readonly lastTimestampMs: number;
}

const partitionColumns =
  "ref, partition, start_offset, end_offset, bytes, last_timestamp_ms FROM partitions";

/** Topics and their partitions. Every method runs in a transaction of the caller's. */
export class TopicStore {
  readonly #byName: Statement;
  readonly #all: Statement;
  readonly #insert: Statement;
  readonly #insertPartition: Statement;
  readonly #remove: Statement;
  readonly #partitions: Statement;
  readonly #partition: Statement;
  readonly #orphan: Statement;
  readonly #orphans: Statement;
  readonly #removePartition: Statement;

  constructor(database: LogDatabase) {
    this.#byName = database.prepare("SELECT * FROM topics WHERE name = ?");
    this.#all = database.prepare("SELECT * FROM topics ORDER BY name");
    this.#insert = database.prepare(
      `INSERT INTO topics (name, id, partitions, retention_ms, retention_bytes)
       VALUES (?, ?, ?, ?, ?) RETURNING ref`,
    );
    this.#insertPartition = database.prepare(
      `INSERT INTO partitions
         (topic_ref, partition, start_offset, end_offset, bytes, last_timestamp_ms)
       VALUES (?, ?, 0, 0, 0, 0)`,
    );
    this.#remove = database.prepare("DELETE FROM topics WHERE ref = ?");
    this.#partitions = database.prepare(
      `SELECT ${partitionColumns} WHERE topic_ref = ? ORDER BY partition`,
    );
    this.#partition = database.prepare(
      `SELECT ${partitionColumns} WHERE topic_ref = ? AND partition = ?`,
    );
    this.#orphan = database.prepare("UPDATE partitions SET topic_ref = NULL WHERE topic_ref = ?");
    this.#orphans = database.prepare("SELECT ref FROM partitions WHERE topic_ref IS NULL");
    this.#removePartition = database.prepare("DELETE FROM partitions WHERE ref = ?");
  }

  find(name: string): StoredTopic | null {
    const row = this.#byName.get(name);
    return row === undefined ? null : topicOf(row);
  }

  /** @throws E_LOG_TOPIC_UNKNOWN */
  get(name: string): StoredTopic {
    const topic = this.find(name);
    if (topic === null) {
      throw new EgxError("E_LOG_TOPIC_UNKNOWN", `there is no topic ${name}`, {
        details: { topic: name },
      });
    }
    return topic;
  }

  list(): StoredTopic[] {
    return this.#all.all().map(topicOf);
  }

  /** Makes a topic with a new id; the caller has looked that there is none of the name. */
  insert(spec: TopicSpec): void {
    // An id is for ever: it comes from the system's generator, never from a seed that repeats.
    const id = randomUUID();
    const { name, partitions, retentionMs, retentionBytes } = spec;
    const ref = integerOf(
      this.#insert.get(name, id, partitions, retentionMs, retentionBytes),
      "ref",
    );
    for (let partition = 0; partition < partitions; partition += 1) {
      this.#insertPartition.run(ref, partition);
    }
  }

  /** Takes the topic away at once; its records become orphans. */
  remove(topic: StoredTopic): void {
    this.#remove.run(topic.ref);
    this.#orphan.run(topic.ref);
  }

  /** Refs of partitions whose topic was deleted, and whose records are still to be removed. */
  orphans(): number[] {
    return this.#orphans.all().map((row) => integerOf(row, "ref"));
  }

  removeOrphan(ref: number): void {
    this.#removePartition.run(ref);
  }

  /** All partitions, in partition order. */
  partitions(topic: StoredTopic): StoredPartition[] {
    return this.#partitions.all(topic.ref).map(partitionOf);
  }

  /** @throws E_LOG_TOPIC_UNKNOWN when the topic has no such partition */
  partition(topic: StoredTopic, partition: number): StoredPartition {
    const row = this.#partition.get(topic.ref, partition);
    if (row === undefined) throw noPartition(topic.info, partition);
    return partitionOf(row);
  }
}

export function noPartition(topic: TopicInfo, partition: number): EgxError {
  const text = `topic ${topic.name} has ${topic.partitions} partitions and no ${partition}`;
  return new EgxError("E_LOG_TOPIC_UNKNOWN", text, { details: { topic: topic.name, partition } });
}

function topicOf(row: Row): StoredTopic {
  return {
    ref: integerOf(row, "ref"),
    info: {
      name: textOf(row, "name"),
      id: textOf(row, "id"),
      partitions: integerOf(row, "partitions"),
      retentionMs: integerOrNullOf(row, "retention_ms"),
      retentionBytes: integerOrNullOf(row, "retention_bytes"),
      compacted: false,
    },
  };
}

function partitionOf(row: Row): StoredPartition {
  return {
    ref: integerOf(row, "ref"),
    partition: integerOf(row, "partition"),
    start: integerOf(row, "start_offset"),
    end: integerOf(row, "end_offset"),
    bytes: integerOf(row, "bytes"),
    lastTimestampMs: integerOf(row, "last_timestamp_ms"),
  };
}
