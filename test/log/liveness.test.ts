import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";

import { type Clock, systemClock } from "../../src/base/clock.ts";
import type { Peer } from "../../src/log/sqlite/groups.ts";
import { Liveness, thisProcess } from "../../src/log/sqlite/liveness.ts";

const peer: Peer = {
  ...thisProcess(),
  member: 1,
  beats: 10,
  sessionTimeoutMs: 1000,
};

/** A monotonic clock that tests turn. */
class HandClock implements Clock {
  now = 0;
  nowMs(): number {
    return this.now;
  }
  monotonicMs(): number {
    return this.now;
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await systemClock.sleep(ms, signal);
  }
}

test("a peer whose beats do not change is dead after its session timeout", () => {
  const clock = new HandClock();
  const liveness = new Liveness(clock, thisProcess());
  for (clock.now = 0; clock.now <= 1000; clock.now += 100) {
    assert.deepEqual(liveness.dead([peer]), [], `after ${clock.now} ms`);
  }
  assert.deepEqual(liveness.dead([peer]), [peer]);
});

test("a beat begins the session timeout anew", () => {
  const clock = new HandClock();
  const liveness = new Liveness(clock, thisProcess());
  for (clock.now = 0; clock.now < 5000; clock.now += 100) {
    const beats = Math.floor(clock.now / 900);
    assert.deepEqual(liveness.dead([{ ...peer, beats }]), []);
  }
});

test("who was stopped itself holds no silence against others", () => {
  const clock = new HandClock();
  const liveness = new Liveness(clock, thisProcess());
  assert.deepEqual(liveness.dead([peer]), []);
  clock.now += 3_600_000;
  assert.deepEqual(liveness.dead([peer]), []);
  clock.now += 400;
  assert.deepEqual(liveness.dead([peer]), []);
});

test("a process of this machine that is no more is dead at once", () => {
  const ended = spawnSync(process.execPath, ["--version"]);
  const dead = { ...peer, pid: ended.pid };
  const parent = { ...peer, pid: process.ppid };
  const elsewhere = { ...dead, machine: "another machine" };
  const liveness = new Liveness(new HandClock(), thisProcess());
  assert.deepEqual(liveness.dead([dead, parent, elsewhere, peer]), [dead]);
});
