import { join } from "node:path";
import { rename } from "node:fs/promises";
import { installOnce, isInstalled, partFolder } from "./cache.ts";
import { needTools, runTool, ServiceError } from "./tools.ts";

/** A program that the Go toolchain builds from its module. */
export interface GoProgram {
  readonly name: string;
  /** The package to build, without its version. */
  readonly package: string;
  readonly version: string;
}

/** Builds the program into the cache unless it is there. Cold, MinIO takes five minutes on two cores. */
export async function installGoProgram(program: GoProgram): Promise<"installed" | "was installed"> {
  return installOnce(program.name, program.version, async (folder) => {
    needTools(program.name, ["go"]);
    const source = `${program.package}@${program.version}`;
    await runTool({
      command: "go",
      args: ["install", "-p", "2", "-trimpath", "-ldflags", "-s -w", source],
      env: { CGO_ENABLED: "0", GOBIN: folder },
    });
    // The toolchain names the program after its package's last part: `server` says too little.
    const built = program.package.split("/").at(-1) ?? program.name;
    await rename(join(folder, built), join(folder, program.name));
  });
}

/** Path of the installed program; throws a ServiceError that names the command when it is absent. */
export function goProgramPath(program: GoProgram): string {
  if (!isInstalled(program.name, program.version)) {
    throw new ServiceError(
      `${program.name} is not installed: npm run services -- install ${program.name}`,
    );
  }
  return join(partFolder(program.name, program.version), program.name);
}
