import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { installOnce, isInstalled, partFolder } from "./cache.ts";
import { needTools, runTool, ServiceError } from "./tools.ts";

/** A program that Debian packages; it is unpacked into the cache and not installed. */
export interface DebianPart {
  readonly name: string;
  readonly package: string;
  readonly version: string;
}

export const prometheusPart: DebianPart = {
  name: "prometheus",
  package: "prometheus",
  version: "debian",
};

export const alertmanagerPart: DebianPart = {
  name: "alertmanager",
  package: "prometheus-alertmanager",
  version: "debian",
};

/** Downloads the package and unpacks it into the cache unless it is there. */
export async function installDebianPart(part: DebianPart): Promise<"installed" | "was installed"> {
  return installOnce(part.name, part.version, async (folder) => {
    needTools(part.name, ["apt-get", "dpkg"]);
    const download = { command: "apt-get", args: ["download", part.package], cwd: folder };
    try {
      await runTool(download);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      // A fresh machine has no lists of packages yet.
      await runTool({ command: "apt-get", args: ["update"] });
      await runTool(download);
    }
    const archives = (await readdir(folder)).filter((name) => name.endsWith(".deb"));
    for (const archive of archives) {
      await runTool({ command: "dpkg", args: ["-x", archive, "."], cwd: folder });
    }
  });
}

/** Path of one of the part's programs; a ServiceError that names the command when it is absent. */
export function debianProgram(
  part: DebianPart,
  program: "prometheus" | "promtool" | "prometheus-alertmanager" | "amtool",
): string {
  if (!isInstalled(part.name, part.version)) {
    throw new ServiceError(
      `${part.name} is not installed: npm run services -- install ${part.name}`,
    );
  }
  return join(partFolder(part.name, part.version), "usr", "bin", program);
}

/**
 * What runs Alertmanager. Debian's build reads its templates from a fixed place of the system; it
 * gets a view of its own in which they are there, so that nothing has to be installed.
 */
export function alertmanagerCommand(): { readonly command: string; readonly args: string[] } {
  needTools(alertmanagerPart.name, ["unshare"]);
  const program = debianProgram(alertmanagerPart, "prometheus-alertmanager");
  const shared = "usr/share/prometheus/alertmanager";
  const templates = join(partFolder(alertmanagerPart.name, alertmanagerPart.version), shared);
  const script = [
    "mount -t tmpfs none /usr/share",
    "mkdir /usr/share/prometheus",
    `cp -r "$1" /usr/share/prometheus/`,
    "shift",
    'exec "$@"',
  ].join(" && ");
  const args = ["--mount", "--map-root-user", "sh", "-c", script, "sh", templates, program];
  return { command: "unshare", args };
}
