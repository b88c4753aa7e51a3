import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { sha256Hex } from "./bytes.ts";
import { systemCodeOf } from "./errors.ts";

/**
 * Tells apart those among whom process ids mean the same: the host and, in a container, its own
 * space of ids, since containers may share a host's name.
 */
export const processSpace = `${hostname()} ${idSpace()}`;

/** The same as 8 hexadecimal digits, for names of files. */
export const processSpaceTag: string = sha256Hex(processSpace).slice(0, 8);

/** Whether the process of an id in this process's space is no more. */
export function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // A process of somebody else answers EPERM.
    return systemCodeOf(error) === "ESRCH";
  }
}

function idSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
