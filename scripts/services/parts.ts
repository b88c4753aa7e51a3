import { isInstalled } from "./cache.ts";
import { installChromium, isChromiumInstalled } from "./chromium.ts";
import type { GoProgram } from "./go-program.ts";
import { installKafka, kafkaVersion, startKafka } from "./kafka.ts";
import {
  installMinio,
  installMinioClient,
  minioClientProgram,
  minioProgram,
  startMinio,
} from "./minio.ts";
import {
  airflowProject,
  dbtProject,
  dbtSparkProject,
  installPythonProject,
  interopProject,
  pythonProjectVersion,
  sparkProject,
  type PythonProject,
} from "./python.ts";
import { installSparkS3a, sparkS3aVersion } from "./spark.ts";
import {
  alertmanagerPart,
  installDebianPart,
  prometheusPart,
  type DebianPart,
} from "./prometheus.ts";
import { installToxiproxy, startToxiproxy, toxiproxyProgram } from "./toxiproxy.ts";
import { installVersitygw, startVersitygw, versitygwProgram } from "./versitygw.ts";

/** A part as the command line knows it. */
export interface Part {
  readonly name: string;
  readonly about: string;
  readonly version: string;
  installed(): boolean;
  install(): Promise<"installed" | "was installed">;
  /** Starts it so that it outlives this process; null for a tool that is no server. */
  readonly start: ((folder: string) => Promise<StartedPart>) | null;
}

/** What people are told of a part that runs. */
export interface StartedPart {
  readonly pids: readonly number[];
  readonly addresses: Readonly<Record<string, string>>;
  /** To export, so that `egx` finds it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** All parts, in the order in which they are installed and started. */
export const parts: readonly Part[] = [
  {
    name: "kafka",
    about: "Apache Kafka, one broker",
    version: kafkaVersion,
    installed: () => isInstalled("kafka", kafkaVersion),
    install: installKafka,
    start: async (folder) => startKafkaPart(folder, 1),
  },
  {
    name: "kafka3",
    about: "Apache Kafka, three brokers",
    version: kafkaVersion,
    installed: () => isInstalled("kafka", kafkaVersion),
    install: installKafka,
    start: async (folder) => startKafkaPart(folder, 3),
  },
  {
    name: "minio",
    about: "MinIO, an S3 store",
    ...goPart(minioProgram, installMinio),
    start: async (folder) => {
      const minio = await startMinio({ folder, detached: true });
      return {
        pids: pidsOf([minio]),
        addresses: { s3: minio.endpoint, console: minio.consoleUrl },
        environment: {
          MINIO_ENDPOINT: minio.endpoint,
          AWS_ACCESS_KEY_ID: minio.user,
          AWS_SECRET_ACCESS_KEY: minio.password,
        },
      };
    },
  },
  {
    name: "mc",
    about: "MinIO's client, for users and policies",
    ...goPart(minioClientProgram, installMinioClient),
    start: null,
  },
  {
    name: "versitygw",
    about: "versitygw, a second S3 store",
    ...goPart(versitygwProgram, installVersitygw),
    start: async (folder) => {
      const gateway = await startVersitygw({ folder, detached: true });
      return { pids: pidsOf([gateway]), addresses: { s3: gateway.endpoint }, environment: {} };
    },
  },
  {
    name: "toxiproxy",
    about: "Toxiproxy, a fault proxy",
    ...goPart(toxiproxyProgram, installToxiproxy),
    start: async (folder) => {
      const proxy = await startToxiproxy({ folder, detached: true });
      return { pids: pidsOf([proxy]), addresses: { api: proxy.url }, environment: {} };
    },
  },
  debianPart(prometheusPart, "Prometheus with promtool, for the tests of alerts"),
  debianPart(alertmanagerPart, "Alertmanager with amtool, for the tests of alerts"),
  {
    name: "chromium",
    about: "Chromium with Arabic letters, for the tests of the dashboard",
    version: "debian",
    installed: isChromiumInstalled,
    install: installChromium,
    start: null,
  },
  pythonPart(interopProject, "Python's clients of Kafka and S3, for the tests of interoperability"),
  pythonPart(dbtProject, "dbt with DuckDB, for the models of warehouse/"),
  pythonPart(dbtSparkProject, "dbt with Spark, for the models of warehouse/"),
  pythonPart(sparkProject, "Spark, for silver by spark/"),
  {
    name: "spark-s3a",
    about: "what Spark needs beside it to read and write S3",
    version: sparkS3aVersion,
    installed: () => isInstalled("spark-s3a", sparkS3aVersion),
    install: installSparkS3a,
    start: null,
  },
  pythonPart(airflowProject, "Apache Airflow, for the schedule of airflow/"),
];

async function startKafkaPart(folder: string, brokers: 1 | 3): Promise<StartedPart> {
  const cluster = await startKafka({ folder, brokers, detached: true });
  return {
    pids: pidsOf(cluster.brokers),
    addresses: { bootstrap: cluster.bootstrap },
    environment: { KAFKA_BOOTSTRAP_SERVERS: cluster.bootstrap },
  };
}

function goPart(
  program: GoProgram,
  install: Part["install"],
): Pick<Part, "version" | "installed" | "install"> {
  return {
    version: program.version,
    installed: () => isInstalled(program.name, program.version),
    install,
  };
}

function debianPart(part: DebianPart, about: string): Part {
  return {
    name: part.name,
    about,
    version: part.version,
    installed: () => isInstalled(part.name, part.version),
    install: async () => installDebianPart(part),
    start: null,
  };
}

function pythonPart(project: PythonProject, about: string): Part {
  const version = pythonProjectVersion(project);
  return {
    name: project.name,
    about,
    version,
    installed: () => isInstalled(project.name, version),
    install: async () => installPythonProject(project),
    start: null,
  };
}

function pidsOf(servers: readonly { pid(): number | null }[]): readonly number[] {
  return servers.flatMap((server) => server.pid() ?? []);
}
