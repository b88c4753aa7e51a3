import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runFolder, type StartOptions } from "./folder.ts";
import { goProgramPath, installGoProgram, type GoProgram } from "./go-program.ts";
import { freePorts } from "./ports.ts";
import { answersAt, startServer, withFreshPorts, type Server } from "./server.ts";
import { runTool } from "./tools.ts";

export const minioProgram: GoProgram = {
  name: "minio",
  package: "github.com/minio/minio",
  version: "v0.0.0-20260212201848-7aac2a2c5b7c",
};

/** MinIO's client, for users and policies. */
export const minioClientProgram: GoProgram = {
  name: "mc",
  package: "github.com/minio/mc",
  version: "v0.0.0-20250313080218-cf909e1063a9",
};

export interface MinioOptions extends StartOptions {
  /** Default `minioadmin`. */
  readonly user?: string;
  /** At least eight characters. Default `minioadmin`. */
  readonly password?: string;
  /** Further settings of the server (`MINIO_…`). */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Minio extends Server {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  readonly consoleUrl: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The folder with the objects, to break them with. */
  readonly dataFolder: string;
  /** Runs `mc` as the administrator, whose alias is `here`: `mc(["mb", "here/bucket"])`. */
  mc(args: readonly string[]): Promise<string>;
}

export async function installMinio(): Promise<"installed" | "was installed"> {
  return installGoProgram(minioProgram);
}

export async function installMinioClient(): Promise<"installed" | "was installed"> {
  return installGoProgram(minioClientProgram);
}

/** Starts MinIO on free ports with an empty store, or the one in {@link StartOptions.folder}. */
export async function startMinio(options: MinioOptions = {}): Promise<Minio> {
  const command = goProgramPath(minioProgram);
  return withFreshPorts(async () => {
    const run = await runFolder("minio", options.folder);
    const dataFolder = join(run.path, "data");
    await mkdir(dataFolder, { recursive: true });
    const [port = 0, consolePort = 0] = await freePorts(2);
    const endpoint = `http://127.0.0.1:${port}`;
    const user = options.user ?? "minioadmin";
    const password = options.password ?? "minioadmin";
    const started = startServer({
      name: "minio",
      command,
      args: [
        "server",
        dataFolder,
        "--address",
        `127.0.0.1:${port}`,
        "--console-address",
        `127.0.0.1:${consolePort}`,
      ],
      env: {
        MINIO_ROOT_USER: user,
        MINIO_ROOT_PASSWORD: password,
        MINIO_UPDATE: "off",
        MINIO_CALLHOME_ENABLE: "off",
        ...options.env,
      },
      cwd: run.path,
      logFile: join(run.path, "minio.log"),
      ready: answersAt(`${endpoint}/minio/health/ready`),
      ...(options.detached === undefined ? {} : { detached: options.detached }),
    });
    const server = await started.catch(async (error: unknown) => {
      await run.release();
      throw error;
    });
    const alias = `http://${user}:${password}@127.0.0.1:${port}`;
    return {
      ...server,
      endpoint,
      port,
      user,
      password,
      dataFolder,
      consoleUrl: `http://127.0.0.1:${consolePort}`,
      mc: async (args) =>
        runTool({
          command: goProgramPath(minioClientProgram),
          args: ["--config-dir", join(run.path, "mc"), "--json", ...args],
          env: { MC_HOST_here: alias },
        }),
      stop: async () => {
        await server.stop();
        await run.release();
      },
    };
  });
}
