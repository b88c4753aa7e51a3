import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { PassThrough } from "node:stream";
import { EgxError, messageOf, systemCodeOf } from "../../base/errors.ts";
import type { Channel } from "./console.ts";

/**
 * Lets `work` write a file, which gets its name only when all of it is there.
 * @throws E_FILE_MISSING when it cannot be written.
 */
export async function writeFileWhole<T>(
  path: string,
  work: (channel: Channel) => Promise<T>,
): Promise<T> {
  const part = `${path}.part`;
  const source = new PassThrough();
  const written = pipeline(source, createWriteStream(part));
  const channel: Channel = {
    isTerminal: false,
    columns: () => null,
    write: (text) =>
      new Promise((resolve, reject) => {
        source.write(text, (error) => {
          if (error === null || error === undefined) resolve();
          else reject(error);
        });
      }),
    paint: (_style, text) => text,
  };
  try {
    const [result] = await Promise.all([
      work(channel).finally(() => {
        source.end();
      }),
      written,
    ]);
    await rename(part, path);
    return result;
  } catch (error) {
    await rm(part, { force: true });
    if (systemCodeOf(error) === undefined) throw error;
    throw new EgxError("E_FILE_MISSING", `${path} cannot be written: ${messageOf(error)}`, {
      cause: error,
      hint: "Check that its folder exists and can be written.",
    });
  }
}
