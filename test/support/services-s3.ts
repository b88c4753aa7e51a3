import { after } from "node:test";
import { isInstalled } from "../../scripts/services/cache.ts";
import type { GoProgram } from "../../scripts/services/go-program.ts";
import {
  installMinio,
  installMinioClient,
  minioClientProgram,
  minioProgram,
  startMinio,
  type Minio,
  type MinioOptions,
} from "../../scripts/services/minio.ts";
import {
  installVersitygw,
  startVersitygw,
  versitygwProgram,
  type Versitygw,
} from "../../scripts/services/versitygw.ts";
import { mustRunServices } from "./services-kafka.ts";

/** Why tests on MinIO do not run here, or false when they do. */
export const skipWithoutMinio: string | false = skipWithout("MinIO", [
  minioProgram,
  minioClientProgram,
]);

/** Why tests on versitygw do not run here, or false when they do. */
export const skipWithoutVersitygw: string | false = skipWithout("versitygw", [versitygwProgram]);

/** A MinIO for the tests of one file, stopped after them; null where they are skipped. */
export async function minioForFile(options: MinioOptions = {}): Promise<Minio | null> {
  if (skipWithoutMinio !== false) return null;
  await installMinio();
  await installMinioClient();
  const minio = await startMinio(options);
  after(async () => minio.stop());
  return minio;
}

/** A versitygw for the tests of one file, stopped after them; null where they are skipped. */
export async function versitygwForFile(): Promise<Versitygw | null> {
  if (skipWithoutVersitygw !== false) return null;
  await installVersitygw();
  const gateway = await startVersitygw();
  after(async () => gateway.stop());
  return gateway;
}

function skipWithout(name: string, programs: readonly GoProgram[]): string | false {
  const absent = programs.filter((program) => !isInstalled(program.name, program.version));
  if (absent.length === 0 || mustRunServices()) return false;
  const names = absent.map((program) => program.name).join(" ");
  return `${name} is not installed: npm run services -- install ${names}`;
}
