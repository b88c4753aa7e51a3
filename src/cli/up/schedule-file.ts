import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EgxError, messageOf, systemCodeOf } from "../../base/errors.ts";
import { z } from "../../base/schema.ts";
import { type JobName, jobNames } from "../../market/schedule.ts";
import type { ScheduleMemory } from "./schedule.ts";

const fileName = "schedule.json";
const contentSchema = z.partialRecord(z.enum(jobNames), z.iso.datetime());

/** A memory for as long as the process lives. */
export function briefMemory(): ScheduleMemory {
  const done = new Map<JobName, number>();
  return {
    doneMs: (job) => done.get(job) ?? null,
    done: async (job, atMs) => {
      done.set(job, atMs);
    },
  };
}

/**
 * A memory in a data folder, `schedule.json`. Whoever has the folder's lock has it alone.
 * @throws E_CONFIG for a file that is not ours, and later when it cannot be written.
 */
export async function fileMemory(folder: string): Promise<ScheduleMemory> {
  const path = join(folder, fileName);
  const done = await read(path);
  return {
    doneMs: (job) => done.get(job) ?? null,
    done: async (job, atMs) => {
      done.set(job, atMs);
      const content = Object.fromEntries(
        [...done].map(([name, ms]) => [name, new Date(ms).toISOString()]),
      );
      try {
        await writeFile(`${path}.new`, `${JSON.stringify(content)}\n`);
        await rename(`${path}.new`, path);
      } catch (error) {
        throw new EgxError("E_CONFIG", `${path} cannot be written: ${messageOf(error)}`, {
          cause: error,
        });
      }
    },
  };
}

async function read(path: string): Promise<Map<JobName, number>> {
  try {
    const content = contentSchema.parse(JSON.parse(await readFile(path, "utf8")));
    return new Map(
      jobNames.flatMap((job) => {
        const at = content[job];
        return at === undefined ? [] : [[job, Date.parse(at)]];
      }),
    );
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return new Map();
    throw new EgxError("E_CONFIG", `${path} is not as egx up --schedule writes it`, {
      cause: error,
      hint: "Remove it: what is due is then found out anew.",
    });
  }
}
