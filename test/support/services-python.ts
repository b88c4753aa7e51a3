import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { isInstalled } from "../../scripts/services/cache.ts";
import {
  installPythonProject,
  interopProject,
  pythonOf,
  pythonProjectVersion,
} from "../../scripts/services/python.ts";
import { mustRunServices } from "./services-kafka.ts";

/** Why tests with Python's clients do not run here, or false when they do. */
export const skipWithoutPythonClients: string | false =
  isInstalled(interopProject.name, pythonProjectVersion(interopProject)) || mustRunServices()
    ? false
    : "Python's clients are not installed: npm run py:setup";

/** Makes the environment where it is to be there. */
export async function pythonClientsForFile(): Promise<void> {
  if (skipWithoutPythonClients === false) await installPythonProject(interopProject);
}

export interface PythonRun {
  /** A file of `test/interop/`. */
  readonly script: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Documents for its standard input, one a line. */
  readonly input?: readonly unknown[];
}

/** Runs a script of ours to its end and gives the documents that it wrote, one a line. */
export async function runPython(run: PythonRun): Promise<readonly unknown[]> {
  const script = join(import.meta.dirname, "..", "interop", run.script);
  const child = spawn(pythonOf(interopProject), [script, ...run.args], {
    env: { ...process.env, ...run.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (texts.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (texts.stderr += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  child.stdin.end((run.input ?? []).map((document) => `${JSON.stringify(document)}\n`).join(""));
  assert.equal(await ended, 0, `${run.script} ${run.args.join(" ")}: ${texts.stderr}`);
  const lines = texts.stdout.split("\n").filter((line) => line !== "");
  return lines.map((line): unknown => JSON.parse(line));
}
