import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runFolder, type StartOptions } from "./folder.ts";
import { goProgramPath, installGoProgram, type GoProgram } from "./go-program.ts";
import { freePorts } from "./ports.ts";
import { answersAt, startServer, withFreshPorts, type Server } from "./server.ts";

export const versitygwProgram: GoProgram = {
  name: "versitygw",
  package: "github.com/versity/versitygw/cmd/versitygw",
  version: "v1.8.0",
};

/** A second S3 server, for a second opinion on what S3 does. */
export interface Versitygw extends Server {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  readonly user: string;
  readonly password: string;
}

export async function installVersitygw(): Promise<"installed" | "was installed"> {
  return installGoProgram(versitygwProgram);
}

/** Starts versitygw over an empty folder on a free port. */
export async function startVersitygw(options: StartOptions = {}): Promise<Versitygw> {
  const command = goProgramPath(versitygwProgram);
  return withFreshPorts(async () => {
    const run = await runFolder("versitygw", options.folder);
    const data = join(run.path, "data");
    await mkdir(data, { recursive: true });
    const [port = 0] = await freePorts(1);
    const endpoint = `http://127.0.0.1:${port}`;
    const user = "versityadmin";
    const password = "versityadmin";
    const started = startServer({
      name: "versitygw",
      command,
      args: [
        "--port",
        `127.0.0.1:${port}`,
        "--health",
        "/health",
        "--access",
        user,
        "--secret",
        password,
        "posix",
        data,
      ],
      cwd: run.path,
      logFile: join(run.path, "versitygw.log"),
      ready: answersAt(`${endpoint}/health`),
      ...(options.detached === undefined ? {} : { detached: options.detached }),
    });
    const server = await started.catch(async (error: unknown) => {
      await run.release();
      throw error;
    });
    return {
      ...server,
      endpoint,
      user,
      password,
      stop: async () => {
        await server.stop();
        await run.release();
      },
    };
  });
}
