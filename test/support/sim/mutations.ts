import { ChainWriter, type ClaimedBatch } from "../../../src/consumer/chain-writer.ts";
import type { SealedBatch } from "../../../src/consumer/batch.ts";
import { readChain, type ChainEnd } from "../../../src/ledger/chain.ts";
import type { StoredEntry } from "../../../src/ledger/entry.ts";
import type { Lake } from "../../../src/lake/lake.ts";
import type { Mutation } from "./simulate.ts";

/** Objects before the entry that claims them: what a refused writer wrote is left behind. */
class WritesFirst extends ChainWriter {
  override async claim(batch: SealedBatch): Promise<ClaimedBatch | null> {
    const objects = batch.dead === null ? batch.objects : [...batch.objects, batch.dead];
    await this.putObjects(objects);
    return super.claim(batch);
  }
}

/** An entry counts as our own when it bears our name. */
class KnowsByName extends ChainWriter {
  protected override isOwn(found: StoredEntry, sent: StoredEntry): boolean {
    return found.entry.writer === sent.entry.writer;
  }
}

/** After a refusal it takes the range for stored and claims what comes behind it. */
class GoesOn extends ChainWriter {
  override async claim(batch: SealedBatch): Promise<ClaimedBatch | null> {
    const claimed = await super.claim(batch);
    if (claimed !== null) return claimed;
    const nothing = { ...batch, objects: [], dead: null, deadLetters: [] };
    const stored = this.last;
    this.position = batch.end;
    return stored === null ? null : { stored, batch: nothing };
  }
}

/** A takeover leaves the last entry as it is. */
class LeavesLast extends ChainWriter {
  protected override async finishLast(): Promise<number> {
    return 0;
  }
}

/** The group's committed offset is where it goes on. */
class TrustsGroup extends ChainWriter {
  protected override async findEnd(): Promise<ChainEnd> {
    const { log, group, topic, lake } = this.context.options;
    const committed = await this.attempt("committed", () => log.committed(group, topic));
    const known = committed.find(({ partition }) => partition === this.chain.partition);
    const end = known?.offset ?? 0;
    let last: StoredEntry | null = null;
    await this.attempt("read the chain", async () => {
      for await (const stored of readChain(lake, this.chain)) {
        if (stored.entry.end <= end) last = stored;
      }
    });
    return { end, last };
  }
}

/** A chain begins where retention has left the log. */
class BeginsAtLogStart extends ChainWriter {
  protected override async stepOver(_first: number, last: number): Promise<void> {
    this.position = last + 1;
  }
}

/** A create that overwrites, and always says that it created. */
function overwriting(lake: Lake): Lake {
  return new Proxy(lake, {
    get(target, name): unknown {
      if (name === "create") {
        return async (key: string, body: Uint8Array): Promise<"created" | "exists"> => {
          if (!key.startsWith("_ledger/streaming/")) return target.create(key, body);
          await target.put(key, body);
          return "created";
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const by = (Writer: typeof ChainWriter): Mutation => ({
  makeWriter: (...parameters) => new Writer(...parameters),
});

/** The protocol broken in the ways that other sinks have been seen to break it. */
export const mutations: Readonly<Record<string, Mutation>> = {
  "write before the ledger entry": by(WritesFirst),
  "no exclusive create": { wrapLake: overwriting },
  "own entry recognised by the writer's name": by(KnowsByName),
  "going on after a refused claim without taking over": by(GoesOn),
  "not finishing the last entry at a takeover": by(LeavesLast),
  "trusting the group's offset instead of the chain": by(TrustsGroup),
  "a chain that begins at the log's start under retention": by(BeginsAtLogStart),
};
