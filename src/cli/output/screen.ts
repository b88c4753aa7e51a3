import type { Channel } from "./console.ts";

/** A few lines that are drawn again in place, on a terminal. */
export class Screen {
  readonly #channel: Channel;
  #drawn = 0;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Replaces the lines that were drawn last. Lines are cut to the terminal's width. */
  async draw(lines: readonly string[]): Promise<void> {
    const columns = this.#channel.columns() ?? 80;
    const cut = lines.map((line) =>
      line.length < columns ? line : `${line.slice(0, columns - 2)}…`,
    );
    const text = `${this.#erase()}${cut.join("\n")}\n`;
    this.#drawn = cut.length;
    await this.#channel.write(text);
  }

  #erase(): string {
    return this.#drawn === 0 ? "" : `\u001B[${this.#drawn}A\u001B[J`;
  }
}
