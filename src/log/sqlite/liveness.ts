import process from "node:process";

import type { Clock } from "../../base/clock.ts";
import { hasEnded, processSpace } from "../../base/process-space.ts";
import type { MemberRef } from "../assignment.ts";
import type { MemberProcess, Peer } from "./groups.ts";

/** This process, as others of the machine know it. */
export function thisProcess(): MemberProcess {
  return { machine: processSpace, pid: process.pid };
}

interface Sighting {
  readonly beats: number;
  readonly sinceMs: number;
}

/**
 * Which peers are dead. No clock is shared between processes, and the host's clock may jump: a peer
 * is dead when its beats have not changed for its session timeout as measured by this process's own
 * monotonic clock, or at once when it was a process of this machine that is no more. A process that
 * is merely stopped (SIGSTOP) is found out by the first of the two. Time counts only while this
 * process looks: one that was stopped itself begins to watch anew.
 */
export class Liveness {
  readonly #clock: Clock;
  readonly #self: MemberProcess;
  #sightings = new Map<MemberRef, Sighting>();
  #lookedMs = -Infinity;

  constructor(clock: Clock, self: MemberProcess) {
    this.#clock = clock;
    this.#self = self;
  }

  /** Those of `peers` that are dead; to be asked often, with all peers. */
  dead(peers: readonly Peer[]): Peer[] {
    const nowMs = this.#clock.monotonicMs();
    const sinceLookMs = nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    const sightings = new Map<MemberRef, Sighting>();
    for (const { member, beats, sessionTimeoutMs } of peers) {
      const before = sinceLookMs > sessionTimeoutMs / 2 ? undefined : this.#sightings.get(member);
      const isSame = before !== undefined && before.beats === beats;
      sightings.set(member, isSame ? before : { beats, sinceMs: nowMs });
    }
    this.#sightings = sightings;
    return peers.filter((peer) => {
      const sinceMs = sightings.get(peer.member)?.sinceMs ?? nowMs;
      return nowMs - sinceMs > peer.sessionTimeoutMs || this.#hasExited(peer);
    });
  }

  #hasExited(peer: Peer): boolean {
    if (peer.machine !== this.#self.machine || peer.pid === this.#self.pid) return false;
    return hasEnded(peer.pid);
  }
}
