import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installOnce, isInstalled, partFolder } from "./cache.ts";
import { pythonProjectVersion, sparkProject } from "./python.ts";
import { needTools, runTool, ServiceError } from "./tools.ts";

/** Of the same Hadoop as the one that pyspark brings. */
const hadoopVersion = "3.5.0";
const awsSdkVersion = "2.35.4";
export const sparkS3aVersion = `${hadoopVersion}-${awsSdkVersion}`;

/** Whether silver by Spark can run, on a folder and on S3. */
export function sparkIsInstalled(): boolean {
  const project = pythonProjectVersion(sparkProject);
  return isInstalled(sparkProject.name, project) && isInstalled("spark-s3a", sparkS3aVersion);
}

/** What starts a job of Spark's; once it is installed. */
export function sparkSubmitPath(): string {
  const folder = partFolder(sparkProject.name, pythonProjectVersion(sparkProject));
  return join(folder, "venv", "bin", "spark-submit");
}

/**
 * Brings the jars with which Spark reads and writes S3 into the cache: some 10 s, 14 MB. The
 * bundle of the whole AWS SDK (600 MB) is left out for the three parts of it that are used.
 */
export async function installSparkS3a(): Promise<"installed" | "was installed"> {
  return installOnce("spark-s3a", sparkS3aVersion, async (folder) => {
    needTools("spark-s3a", ["java", "mvn"]);
    await writeFile(join(folder, "pom.xml"), pom());
    const jars = join(folder, "jars");
    await runTool({
      command: "mvn",
      args: [
        "-B",
        "-ntp",
        "-q",
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        // Spark has its own.
        "-DexcludeGroupIds=io.netty,org.slf4j,commons-logging,commons-codec",
        `-DoutputDirectory=${jars}`,
      ],
      cwd: folder,
    });
    const names = await readdir(jars);
    if (!names.includes(`hadoop-aws-${hadoopVersion}.jar`)) {
      throw new ServiceError(`Maven ended well and did not bring S3A: ${names.join(" ")}`);
    }
  });
}

function pom(): string {
  const sdk = (artifact: string): string =>
    `<dependency><groupId>software.amazon.awssdk</groupId><artifactId>${artifact}</artifactId>` +
    `<version>${awsSdkVersion}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>egx</groupId><artifactId>spark-s3a-part</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.hadoop</groupId><artifactId>hadoop-aws</artifactId>
      <version>${hadoopVersion}</version>
      <exclusions>
        <exclusion><groupId>software.amazon.awssdk</groupId><artifactId>bundle</artifactId></exclusion>
      </exclusions>
    </dependency>
    ${["s3", "s3-transfer-manager", "sts"].map(sdk).join("\n    ")}
  </dependencies>
</project>
`;
}
