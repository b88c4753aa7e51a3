import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installOnce, partFolder } from "./cache.ts";
import { needTools, runTool } from "./tools.ts";

/** Makes virtual environments exactly as their lock files say. */
const uvVersion = "0.13.9";

/** A folder with its pyproject.toml and uv.lock, as a part with a virtual environment. */
export interface PythonProject {
  /** The part's name. */
  readonly name: string;
  readonly folder: string;
  /** The dependency group of pyproject.toml that it has beside the dependencies; none if null. */
  readonly group: string | null;
}

/** The clients that other people's programs use: kafka-python, confluent-kafka, boto3, pyarrow. */
export const interopProject: PythonProject = pythonProject("interop", "py/interop");

/** Apache Airflow, for the DAGs and timetables of airflow/. */
export const airflowProject: PythonProject = pythonProject("airflow", "airflow");

/** dbt with DuckDB, for the models of warehouse/. */
export const dbtProject: PythonProject = pythonProject("dbt", "warehouse", "duckdb");

/** dbt with Spark, for the same models. */
export const dbtSparkProject: PythonProject = pythonProject("dbt-spark", "warehouse", "spark");

/** Spark, for silver (spark/). */
export const sparkProject: PythonProject = pythonProject("spark", "spark");

/** `folder` is under the repository's root. */
function pythonProject(name: string, folder: string, group: string | null = null): PythonProject {
  return {
    name: `py-${name}`,
    folder: fileURLToPath(new URL(`../../${folder}`, import.meta.url)),
    group,
  };
}

/** Raised when environments are made in another way, so that they are made anew. */
const environmentFormat = "compiled";

/** Follows from the lock file, so that another lock means another environment. */
export function pythonProjectVersion({ folder }: PythonProject): string {
  const hash = createHash("sha256").update(environmentFormat);
  for (const file of ["pyproject.toml", "uv.lock"]) hash.update(readFileSync(join(folder, file)));
  return hash.digest("hex").slice(0, 12);
}

/** The environment's Python, once it is installed. */
export function pythonOf(project: PythonProject): string {
  const folder = partFolder(project.name, pythonProjectVersion(project));
  return join(folder, "venv", "bin", "python");
}

/** Makes the project's virtual environment in the cache unless it is there: some 10 s, 250 MB. */
export async function installPythonProject(
  project: PythonProject,
): Promise<"installed" | "was installed"> {
  const group = project.group === null ? [] : ["--group", project.group];
  return installOnce(project.name, pythonProjectVersion(project), async (folder) => {
    needTools(project.name, ["python3"]);
    await installOnce("uv", uvVersion, installUv);
    await runTool({
      command: join(partFolder("uv", uvVersion), "bin", "uv"),
      args: ["sync", "--frozen", "--no-python-downloads", "--project", project.folder, ...group],
      // The environment is renamed into its place when it is whole; its Python finds it there.
      env: {
        UV_PROJECT_ENVIRONMENT: join(folder, "venv"),
        UV_LINK_MODE: "copy",
        // Else each start compiles all that it imports where PYTHONDONTWRITEBYTECODE is set.
        UV_COMPILE_BYTECODE: "1",
      },
    });
  });
}

async function installUv(folder: string): Promise<void> {
  await runTool({ command: "python3", args: ["-m", "venv", folder] });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  await runTool({ command: join(folder, "bin", "python"), args: [...pip, `uv==${uvVersion}`] });
}
