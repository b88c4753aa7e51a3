import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { needTools, runTool, ServiceError } from "./tools.ts";

/** What a part takes of Maven's registry. */
export interface MavenPart {
  /** The part's name. */
  readonly name: string;
  readonly dependencies: readonly MavenDependency[];
  /** Groups of which nothing is taken. */
  readonly excludedGroups?: readonly string[];
  /** The jar that must be there at the end. */
  readonly jar: string;
}

export interface MavenDependency {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** Artifacts that it names and that are left out, as `group:artifact`. */
  readonly without?: readonly string[];
}

/**
 * Copies the jars of the part's dependencies, and of theirs, into a folder; the pom goes beside it.
 * @throws ServiceError when Java or Maven is absent, or when Maven ends without the part's jar.
 */
export async function copyJars(part: MavenPart, folder: string, jars: string): Promise<void> {
  needTools(part.name, ["java", "mvn"]);
  await writeFile(join(folder, "pom.xml"), pom(part));
  const excluded = part.excludedGroups ?? [];
  await runTool({
    command: "mvn",
    args: [
      "-B",
      "-ntp",
      "-q",
      "dependency:copy-dependencies",
      "-DincludeScope=runtime",
      ...(excluded.length === 0 ? [] : [`-DexcludeGroupIds=${excluded.join(",")}`]),
      `-DoutputDirectory=${jars}`,
    ],
    cwd: folder,
  });
  const names = await readdir(jars);
  if (!names.includes(part.jar)) {
    throw new ServiceError(`Maven ended well and did not bring ${part.jar}: ${names.join(" ")}`);
  }
}

function pom({ name, dependencies }: MavenPart): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>egx</groupId><artifactId>${name}-part</artifactId><version>1</version>
  <dependencies>
    ${dependencies.map(dependencyText).join("\n    ")}
  </dependencies>
</project>
`;
}

function dependencyText({ group, artifact, version, without = [] }: MavenDependency): string {
  const exclusions = without.map((named) => {
    const [ofGroup = "", id = ""] = named.split(":");
    return `<exclusion><groupId>${ofGroup}</groupId><artifactId>${id}</artifactId></exclusion>`;
  });
  return (
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>` +
    `<version>${version}</version><exclusions>${exclusions.join("")}</exclusions></dependency>`
  );
}
