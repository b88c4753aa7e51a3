import type { Lake } from "../lake/lake.ts";
import { findChainEnd, readEntry } from "../ledger/chain.ts";
import { chainPrefix, type ChainId } from "../ledger/layout.ts";

/** Follows the ends of chains in a lake: once found, a look costs one GET. */
export class ChainEnds {
  readonly #lake: Lake;
  readonly #ends = new Map<string, number>();

  constructor(lake: Lake) {
    this.#lake = lake;
  }

  /** The next offset that has no entry; 0 for a chain not begun. @throws as the lake does. */
  async look(chain: ChainId): Promise<number> {
    const name = chainPrefix(chain);
    let end = this.#ends.get(name) ?? (await findChainEnd(this.#lake, chain, 1)).end;
    for (;;) {
      const next = await readEntry(this.#lake, chain, end);
      if (next === null) break;
      ({ end } = next.entry);
    }
    this.#ends.set(name, end);
    return end;
  }
}
