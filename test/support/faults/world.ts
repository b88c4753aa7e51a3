import { seededRandom } from "../../../src/base/random.ts";
import { installKafka, startKafka, type KafkaCluster } from "../../../scripts/services/kafka.ts";
import {
  installMinio,
  installMinioClient,
  startMinio,
  type Minio,
} from "../../../scripts/services/minio.ts";
import {
  installToxiproxy,
  startToxiproxy,
  type Proxy,
} from "../../../scripts/services/toxiproxy.ts";
import { startS3FaultProxy, type S3FaultProxy } from "./s3-fault-proxy.ts";

/**
 * Real engines with faults before them. Kafka is reached through the network proxy alone; the
 * store through the network proxy and, behind it, the proxy that answers for it.
 */
export interface FaultWorld {
  readonly cluster: KafkaCluster;
  /** The line to each broker, in the order of their ids. */
  readonly brokerLines: readonly Proxy[];
  readonly minio: Minio;
  readonly storeFaults: S3FaultProxy;
  readonly storeLine: Proxy;
  stop(): Promise<void>;
}

/** Brings what the engines need; nothing when it is there. */
export async function installFaultParts(): Promise<void> {
  await installKafka();
  await installMinio();
  await installMinioClient();
  await installToxiproxy();
}

export async function startFaultWorld(brokers: 1 | 3, seed: string): Promise<FaultWorld> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const each of started.toReversed()) await each.stop();
  };
  try {
    const toxiproxy = await startToxiproxy();
    started.push(toxiproxy);
    const lines = new Map<number, Proxy>();
    const cluster = await startKafka({
      brokers,
      before: async (brokerId, port) => {
        const line = await toxiproxy.proxy(`broker-${brokerId}-${port}`, port);
        lines.set(brokerId, line);
        return line.port;
      },
    });
    started.push(cluster);
    const minio = await startMinio();
    started.push(minio);
    const storeFaults = await startS3FaultProxy(minio.port, seededRandom(seed));
    started.push({ stop: () => storeFaults.close() });
    const storeLine = await toxiproxy.proxy("store", storeFaults.port);
    const brokerLines = [...lines].toSorted(([a], [b]) => a - b).map(([, line]) => line);
    return { cluster, brokerLines, minio, storeFaults, storeLine, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
