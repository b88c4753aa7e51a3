import process from "node:process";
import { isatty } from "node:tty";
import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

/** Where a command writes: data to `out`, everything else to `err`. */
export interface Channel {
  readonly isTerminal: boolean;
  /** Width in characters; null in a pipe or a file, where nothing is ever cut. */
  columns(): number | null;
  /** Resolves when the text was taken, so that a slow reader holds the writer back. */
  write(text: string | Uint8Array): Promise<void>;
  /** `text` in colour where the channel shows colours (NO_COLOR and FORCE_COLOR decide first). */
  paint(style: Style, text: string): string;
}

/** Standard output or standard error. */
export function channelOf(stream: NodeJS.WriteStream & { readonly fd: number }): Channel {
  const isTerminal = isatty(stream.fd);
  return {
    isTerminal,
    columns: () => (isTerminal ? widthOf(stream.columns) : null),
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => {
          if (error === null || error === undefined) resolve();
          else reject(error);
        });
      }),
    paint: (style, text) => styleText(style, text, { stream }),
  };
}

/** Ends the process quietly when the reader of standard output has gone, as `head` does. */
export function exitQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  }
}

/** Some terminals do not tell their width. */
function widthOf(columns: number): number {
  return columns > 0 ? Math.max(20, columns) : 80;
}
