import { test } from "node:test";
import { logContract } from "../contract/log.ts";
import { kafkaForFile, openKafka, skipWithoutKafka } from "../support/services-kafka.ts";

const cluster = await kafkaForFile({ properties: { "log.roll.ms": "100" } });

if (cluster === null) {
  test("kafka keeps the contract of a log", { skip: skipWithoutKafka }, () => undefined);
} else {
  logContract("kafka", {
    open: async () => openKafka(cluster.bootstrap),
    recordBytesMax: 1_048_588,
    skip: {
      "retention by size keeps the newest records":
        "Kafka deletes whole segments, and ours hold compressed records",
    },
  });
}
