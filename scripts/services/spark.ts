import { join } from "node:path";
import { installOnce, isInstalled, partFolder } from "./cache.ts";
import { copyJars } from "./maven.ts";
import { pythonProjectVersion, sparkProject } from "./python.ts";

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
    const sdk = "software.amazon.awssdk";
    const part = {
      name: "spark-s3a",
      dependencies: [
        {
          group: "org.apache.hadoop",
          artifact: "hadoop-aws",
          version: hadoopVersion,
          without: [`${sdk}:bundle`],
        },
        ...["s3", "s3-transfer-manager", "sts"].map((artifact) => {
          return { group: sdk, artifact, version: awsSdkVersion };
        }),
      ],
      // Spark has its own.
      excludedGroups: ["io.netty", "org.slf4j", "commons-logging", "commons-codec"],
      jar: `hadoop-aws-${hadoopVersion}.jar`,
    };
    await copyJars(part, folder, join(folder, "jars"));
  });
}
