import process from "node:process";
import { after } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { openKafkaLog, type KafkaLogOptions } from "../../src/log/kafka/kafka-log.ts";
import type { Log } from "../../src/log/log.ts";
import {
  installKafka,
  kafkaIsInstalled,
  startKafka,
  type KafkaCluster,
  type KafkaOptions,
} from "../../scripts/services/kafka.ts";

/** Why tests on a real broker do not run here, or false when they do. */
export const skipWithoutKafka: string | false =
  kafkaIsInstalled() || mustRunServices()
    ? false
    : "Kafka is not installed: npm run services -- install kafka";

/** A cluster for the tests of one file, stopped after them; null where they are skipped. */
export async function kafkaForFile(options: KafkaOptions = {}): Promise<KafkaCluster | null> {
  if (skipWithoutKafka !== false) return null;
  await installKafka();
  const cluster = await startKafka(options);
  after(async () => cluster.stop());
  return cluster;
}

/** A client of the cluster; whoever opens it closes it. */
export async function openKafka(
  brokers: string,
  options: Partial<KafkaLogOptions> = {},
): Promise<Log> {
  return openKafkaLog({
    brokers: brokers.split(","),
    clock: systemClock,
    random: systemRandom,
    ...options,
  });
}

/** Whether absent parts are installed rather than their tests skipped: in CI and long runs. */
export function mustRunServices(): boolean {
  return process.env["EGX_TEST_LONG"] === "1" || process.env["CI"] === "true";
}
