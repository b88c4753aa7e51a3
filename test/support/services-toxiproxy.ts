import { after } from "node:test";
import { isInstalled } from "../../scripts/services/cache.ts";
import {
  installToxiproxy,
  startToxiproxy,
  toxiproxyProgram,
  type Proxy,
  type Toxiproxy,
} from "../../scripts/services/toxiproxy.ts";
import type { KafkaCluster, KafkaOptions } from "../../scripts/services/kafka.ts";
import { kafkaForFile, mustRunServices, skipWithoutKafka } from "./services-kafka.ts";

/** Why tests behind the fault proxy do not run here, or false when they do. */
export const skipWithoutToxiproxy: string | false =
  isInstalled(toxiproxyProgram.name, toxiproxyProgram.version) || mustRunServices()
    ? false
    : "Toxiproxy is not installed: npm run services -- install toxiproxy";

/** Why tests on a broker behind the fault proxy do not run here, or false when they do. */
export const skipWithoutProxiedKafka: string | false =
  skipWithoutKafka === false ? skipWithoutToxiproxy : skipWithoutKafka;

/** A cluster whose brokers are reached through the fault proxy alone. */
export interface ProxiedKafka {
  readonly cluster: KafkaCluster;
  /** By broker, in order. */
  readonly proxies: readonly Proxy[];
}

/** The fault proxy for the tests of one file, stopped after them. */
export async function toxiproxyForFile(): Promise<Toxiproxy> {
  await installToxiproxy();
  const toxiproxy = await startToxiproxy();
  after(async () => toxiproxy.stop());
  return toxiproxy;
}

/** A cluster behind the fault proxy for the tests of one file; null where they are skipped. */
export async function proxiedKafkaForFile(
  options: KafkaOptions = {},
): Promise<ProxiedKafka | null> {
  if (skipWithoutProxiedKafka !== false) return null;
  const toxiproxy = await toxiproxyForFile();
  const proxies: Proxy[] = [];
  const cluster = await kafkaForFile({
    ...options,
    before: async (brokerId, port) => {
      const proxy = await toxiproxy.proxy(`broker-${brokerId}-${port}`, port);
      proxies.push(proxy);
      return proxy.port;
    },
  });
  return cluster === null ? null : { cluster, proxies };
}
