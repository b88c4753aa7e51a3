import { EgxError } from "../../base/errors.ts";
import { assignPartitions, type MemberRef } from "../assignment.ts";
import type { CommittedOffset } from "../log.ts";
import type { LogDatabase, Statement } from "./database.ts";
import { integerOf, integerOrNullOf, textOf } from "./row.ts";
import type { StoredTopic } from "./topics.ts";

/** A process that members live in, so that others of the same machine can see that it died. */
export interface MemberProcess {
  readonly machine: string;
  readonly pid: number;
}

export interface Seat {
  readonly group: number;
  readonly member: MemberRef;
}

/** What members see of another. */
export interface Peer extends MemberProcess {
  readonly member: MemberRef;
  readonly beats: number;
  readonly sessionTimeoutMs: number;
}

/** The group at a glance. */
export interface Glance {
  /** Grows with every change that members must act on. */
  readonly version: number;
  readonly peers: readonly Peer[];
}

/** A partition that a member holds. */
export interface Holding {
  readonly partition: number;
  readonly generation: number;
  /** False when it is to be given up. */
  readonly keep: boolean;
}

/** What a member wants done at a beat. */
export interface Beat {
  /** Members that seem dead, as they were last seen. */
  readonly dead: readonly Peer[];
  /** Partitions that this member has given up. */
  readonly released: readonly number[];
  /** Whether it takes partitions that are meant for it. */
  readonly claims: boolean;
}

/** What a beat found. */
export interface Standing {
  readonly version: number;
  readonly holdings: readonly Holding[];
}

/**
 * Consumer groups without a coordinator: each step is one short transaction that leaves the tables
 * of a group whole. Who joins, leaves or finds a member dead computes the new targets at once. A
 * partition then moves in two steps: its owner lets go of it, its target takes it. Nobody takes
 * what is owned, so a partition has one owner at any time.
 *
 * Every method runs in a transaction of the caller's; those that write, in one that writes.
 */
export class GroupStore {
  readonly #database: LogDatabase;
  readonly #findGroup: Statement;
  readonly #members: Statement;
  readonly #beat: Statement;
  readonly #removeMember: Statement;
  readonly #removeUnchanged: Statement;
  readonly #assignments: Statement;
  readonly #free: Statement;
  readonly #release: Statement;
  readonly #claim: Statement;
  readonly #holdings: Statement;
  readonly #aim: Statement;
  readonly #group: Statement;
  readonly #touch: Statement;

  constructor(database: LogDatabase) {
    this.#database = database;
    this.#findGroup = database.prepare(
      "SELECT ref FROM consumer_groups WHERE name = ? AND topic_ref = ?",
    );
    this.#members = database.prepare("SELECT * FROM members WHERE group_ref = ? ORDER BY ref");
    this.#beat = database.prepare("UPDATE members SET beats = beats + 1 WHERE ref = ?");
    this.#removeMember = database.prepare("DELETE FROM members WHERE ref = ?");
    this.#removeUnchanged = database.prepare("DELETE FROM members WHERE ref = ? AND beats = ?");
    this.#assignments = database.prepare(
      "SELECT partition, target, owner FROM assignments WHERE group_ref = ? ORDER BY partition",
    );
    this.#free = database.prepare(
      "UPDATE assignments SET owner = NULL WHERE group_ref = ? AND owner = ?",
    );
    this.#release = database.prepare(
      "UPDATE assignments SET owner = NULL WHERE group_ref = ? AND partition = ? AND owner = ?",
    );
    this.#claim = database.prepare(
      `UPDATE assignments SET owner = target,
         generation = (SELECT generation FROM consumer_groups WHERE ref = group_ref)
       WHERE group_ref = ? AND target = ? AND owner IS NULL`,
    );
    this.#holdings = database.prepare(
      `SELECT partition, generation, target IS owner AS keep FROM assignments
       WHERE group_ref = ? AND owner = ? ORDER BY partition`,
    );
    this.#aim = database.prepare(
      "UPDATE assignments SET target = ? WHERE group_ref = ? AND partition = ?",
    );
    this.#group = database.prepare("SELECT version FROM consumer_groups WHERE ref = ?");
    this.#touch = database.prepare(
      "UPDATE consumer_groups SET version = version + 1, generation = generation + ? WHERE ref = ?",
    );
  }

  join(topic: StoredTopic, name: string, member: MemberProcess & { timeoutMs: number }): Seat {
    const group = this.find(topic, name) ?? this.#insertGroup(topic, name);
    const inserted = this.#database
      .prepare(
        `INSERT INTO members (group_ref, session_timeout_ms, beats, machine, pid)
         VALUES (?, ?, 0, ?, ?) RETURNING ref`,
      )
      .get(group, member.timeoutMs, member.machine, member.pid);
    this.#rebalance(group);
    return { group, member: integerOf(inserted, "ref") };
  }

  /** The group at a glance, or null when the member is no longer of it. */
  glance({ group, member }: Seat): Glance | null {
    const peers = this.#peers(group);
    if (!peers.some((peer) => peer.member === member)) return null;
    return {
      version: integerOf(this.#group.get(group), "version"),
      peers: peers.filter((peer) => peer.member !== member),
    };
  }

  /** Shows that the member lives, and does what is to be done; null when it is not of the group. */
  beat(seat: Seat, beat: Beat): Standing | null {
    const { group, member } = seat;
    if (this.#beat.run(member).changes === 0) return null;
    let removed = 0;
    for (const peer of beat.dead) {
      // One that has beaten since is alive after all.
      if (this.#removeUnchanged.run(peer.member, peer.beats).changes === 0) continue;
      this.#free.run(group, peer.member);
      removed += 1;
    }
    if (removed > 0) this.#rebalance(group);
    for (const partition of beat.released) this.#release.run(group, partition, member);
    const claimed = beat.claims ? this.#claim.run(group, member).changes : 0;
    if (beat.released.length > 0 || claimed !== 0) this.#touch.run(0, group);
    return {
      version: integerOf(this.#group.get(group), "version"),
      holdings: this.#holdings.all(group, member).map((row) => ({
        partition: integerOf(row, "partition"),
        generation: integerOf(row, "generation"),
        keep: integerOf(row, "keep") === 1,
      })),
    };
  }

  leave({ group, member }: Seat): void {
    if (this.#removeMember.run(member).changes === 0) return;
    this.#free.run(group, member);
    this.#rebalance(group);
  }

  /** The number of a group, or null when nobody ever joined it for this topic. */
  find(topic: StoredTopic, name: string): number | null {
    const row = this.#findGroup.get(name, topic.ref);
    return row === undefined ? null : integerOf(row, "ref");
  }

  /** @throws E_LOG_FENCED when the partition is not the member's, in that generation */
  commit(seat: Seat | null, held: Omit<Holding, "keep">, committed: CommittedOffset): void {
    const holding =
      seat === null
        ? undefined
        : this.#holdings
            .all(seat.group, seat.member)
            .find((row) => integerOf(row, "partition") === held.partition);
    if (seat === null || holding === undefined || holding["generation"] !== held.generation) {
      throw fenced(held);
    }
    this.#database
      .prepare("INSERT OR REPLACE INTO commits VALUES (?, ?, ?, ?)")
      .run(seat.group, held.partition, committed.offset, committed.metadata);
  }

  committed(group: number): CommittedOffset[] {
    return this.#database
      .prepare(
        `SELECT partition, offset, metadata FROM commits WHERE group_ref = ? ORDER BY partition`,
      )
      .all(group)
      .map((row) => ({
        partition: integerOf(row, "partition"),
        offset: integerOf(row, "offset"),
        metadata: textOf(row, "metadata"),
      }));
  }

  /** @throws E_LOG_BUSY while the group has members */
  deleteCommits(group: number): void {
    if (this.#peers(group).length > 0) {
      throw new EgxError("E_LOG_BUSY", "the group has members", {
        hint: "Stop the consumers of the group first.",
      });
    }
    this.#database.prepare("DELETE FROM commits WHERE group_ref = ?").run(group);
  }

  /** Removes every group of a topic that is deleted. */
  removeAll(topic: StoredTopic): void {
    const groups = "(SELECT ref FROM consumer_groups WHERE topic_ref = ?)";
    for (const table of ["members", "assignments", "commits"]) {
      this.#database.prepare(`DELETE FROM ${table} WHERE group_ref IN ${groups}`).run(topic.ref);
    }
    this.#database.prepare("DELETE FROM consumer_groups WHERE topic_ref = ?").run(topic.ref);
  }

  #insertGroup(topic: StoredTopic, name: string): number {
    const row = this.#database
      .prepare(
        `INSERT INTO consumer_groups (name, topic_ref, generation, version)
         VALUES (?, ?, 0, 0) RETURNING ref`,
      )
      .get(name, topic.ref);
    const group = integerOf(row, "ref");
    const insert = this.#database.prepare("INSERT INTO assignments VALUES (?, ?, NULL, NULL, 0)");
    for (let partition = 0; partition < topic.info.partitions; partition += 1) {
      insert.run(group, partition);
    }
    return group;
  }

  #peers(group: number): Peer[] {
    return this.#members.all(group).map((row) => ({
      member: integerOf(row, "ref"),
      beats: integerOf(row, "beats"),
      sessionTimeoutMs: integerOf(row, "session_timeout_ms"),
      machine: textOf(row, "machine"),
      pid: integerOf(row, "pid"),
    }));
  }

  #rebalance(group: number): void {
    const members = this.#peers(group).map((peer) => peer.member);
    const rows = this.#assignments.all(group);
    const holders = rows.map(
      (row) => integerOrNullOf(row, "owner") ?? integerOrNullOf(row, "target"),
    );
    const targets = members.length === 0 ? [] : assignPartitions(holders, members);
    for (const [partition] of rows.entries()) {
      this.#aim.run(targets[partition] ?? null, group, partition);
    }
    this.#touch.run(1, group);
  }
}

function fenced(held: { readonly partition: number; readonly generation: number }): EgxError {
  const { partition, generation } = held;
  return new EgxError(
    "E_LOG_FENCED",
    `partition ${partition} is not this member's in generation ${generation}`,
    { details: { partition, generation } },
  );
}
