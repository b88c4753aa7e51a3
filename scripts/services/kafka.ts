import { mkdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installOnce, isInstalled, partFolder } from "./cache.ts";
import { makeCertificates, type Certificates } from "./certificates.ts";
import { runFolder, type StartOptions } from "./folder.ts";
import { brokerProperties, type BrokerSettings, type ClusterSettings } from "./kafka-properties.ts";
import { copyJars } from "./maven.ts";
import { freePorts } from "./ports.ts";
import { startServer, withFreshPorts, type Server } from "./server.ts";
import { needTools, runTool, ServiceError } from "./tools.ts";

export const kafkaVersion = "4.3.1";
const log4jVersion = "2.25.4";
/** Any one will do: 16 bytes in base64url, as Kafka writes its ids. */
const clusterId = "ZWd4LXBpcGVsaW5lLXRzdA";

export interface KafkaOptions extends StartOptions {
  /** One broker, or three of which any one may fail. Default 1. */
  readonly brokers?: 1 | 3;
  /** Names and passwords that may log in (PLAIN, SCRAM-SHA-256/-512); the first is the administrator. */
  readonly users?: Readonly<Record<string, string>>;
  /** Clients must come by TLS with a certificate of {@link KafkaCluster.certificates}. */
  readonly tls?: boolean;
  /** Lines for server.properties that replace ours. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Puts something before a broker, such as a proxy: gets its port, gives the one clients use. */
  readonly before?: (brokerId: number, port: number) => Promise<number>;
  /** Heap of each broker in MiB. Default 256. */
  readonly heapMiB?: number;
}

export interface KafkaCluster {
  /** `host:port,…` for clients, with the ports that {@link KafkaOptions.before} gave. */
  readonly bootstrap: string;
  readonly brokers: readonly KafkaBroker[];
  /** Null without TLS. */
  readonly certificates: Certificates | null;
  /**
   * Runs one of Kafka's own command-line tools by its class (`org.apache.kafka.tools.TopicCommand`)
   * and gives its output.
   */
  tool(className: string, args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

export interface KafkaBroker extends Server {
  readonly id: number;
  /** The listener's own port, without what was put before it. */
  readonly port: number;
}

export function kafkaIsInstalled(): boolean {
  return isInstalled("kafka", kafkaVersion);
}

/** Brings Kafka's jars into the cache unless they are there: half a minute, 55 MB. */
export async function installKafka(): Promise<"installed" | "was installed"> {
  return installOnce("kafka", kafkaVersion, async (folder) => {
    const log4j = "org.apache.logging.log4j";
    const part = {
      name: "kafka",
      dependencies: [
        { group: "org.apache.kafka", artifact: "kafka_2.13", version: kafkaVersion },
        { group: "org.apache.kafka", artifact: "kafka-tools", version: kafkaVersion },
        { group: log4j, artifact: "log4j-slf4j-impl", version: log4jVersion },
      ],
      jar: `kafka_2.13-${kafkaVersion}.jar`,
    };
    await copyJars(part, folder, join(folder, "libs"));
  });
}

/** Starts a cluster on free ports and waits until every broker is ready. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  if (!kafkaIsInstalled()) {
    throw new ServiceError("Kafka is not installed: npm run services -- install kafka");
  }
  needTools("kafka", ["java"]);
  return withFreshPorts(async () => startCluster(options));
}

async function startCluster(options: KafkaOptions): Promise<KafkaCluster> {
  const run = await runFolder("kafka", options.folder);
  const brokers: KafkaBroker[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(brokers.map(async (broker) => broker.stop()));
    await run.release();
  };
  try {
    const certificates = options.tls === true ? await makeCertificates(run.path) : null;
    const cluster: ClusterSettings = {
      brokers: await settle(run.path, options),
      users: options.users ?? {},
      certificates: certificates === null ? null : run.path,
      extra: options.properties ?? {},
    };
    // Together: a controller is ready only when most of them are there.
    const started = await Promise.allSettled(
      cluster.brokers.map(async (broker) => {
        brokers.push(await startBroker(cluster, broker, options));
      }),
    );
    for (const result of started) if (result.status === "rejected") throw result.reason;
    brokers.sort((a, b) => a.id - b.id);
    return {
      bootstrap: cluster.brokers.map((each) => `127.0.0.1:${each.advertisedPort}`).join(","),
      brokers,
      certificates,
      tool: async (className, args) => java([className, ...args]),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function settle(folder: string, options: KafkaOptions): Promise<readonly BrokerSettings[]> {
  const count = options.brokers ?? 1;
  const ports = await freePorts(count * 3);
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const [clientPort = 0, brokerPort = 0, controllerPort = 0] = ports.slice(index * 3);
      const id = index + 1;
      const advertisedPort = (await options.before?.(id, clientPort)) ?? clientPort;
      const place = join(folder, `broker-${id}`);
      return { id, folder: place, clientPort, advertisedPort, brokerPort, controllerPort };
    }),
  );
}

async function startBroker(
  cluster: ClusterSettings,
  broker: BrokerSettings,
  options: KafkaOptions,
): Promise<KafkaBroker> {
  const properties = join(broker.folder, "server.properties");
  await mkdir(broker.folder, { recursive: true });
  await writeFile(properties, brokerProperties(cluster, broker));
  if (!existsSync(join(broker.folder, "data", "meta.properties"))) {
    const scram = Object.entries(cluster.users).flatMap(([name, password]) =>
      ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((kind) => [
        "--add-scram",
        `${kind}=[name=${name},password=${password}]`,
      ]),
    );
    const format = ["format", "-t", clusterId, "-c", properties, ...scram];
    await java(["kafka.tools.StorageTool", ...format]);
  }
  const server = await startServer({
    name: `kafka broker ${broker.id}`,
    command: "java",
    args: [
      `-Xmx${options.heapMiB ?? 256}m`,
      "-XX:+UseSerialGC",
      "-Dlog4j2.level=INFO",
      "-cp",
      classPath(),
      "kafka.Kafka",
      properties,
    ],
    cwd: broker.folder,
    logFile: join(broker.folder, "kafka.log"),
    ready: (log) => log.includes("Kafka Server started"),
    // Three of them at once on a busy machine have taken more than a minute.
    readyWithinMs: 180_000,
    ...(options.detached === undefined ? {} : { detached: options.detached }),
  });
  return { ...server, id: broker.id, port: broker.clientPort };
}

async function java(args: readonly string[]): Promise<string> {
  return runTool({ command: "java", args: ["-Xmx256m", "-cp", classPath(), ...args] });
}

function classPath(): string {
  return join(partFolder("kafka", kafkaVersion), "libs", "*");
}
