import { Producer } from "@platformatic/kafka";

/** One transaction to publish to partition 0 of a topic. */
export interface TransactionScript {
  readonly values: readonly string[];
  readonly ends: "commit" | "abort";
}

/**
 * Publishes transactions one after the other with one producer, each value in a batch of its own,
 * as another program's transactional producer would.
 */
export async function publishTransactions(
  brokers: string,
  topic: string,
  transactions: readonly TransactionScript[],
): Promise<void> {
  const producer = new Producer({
    clientId: "transactions",
    bootstrapBrokers: brokers.split(","),
    idempotent: true,
    transactionalId: `transactions-${topic}`,
  });
  try {
    for (const { values, ends } of transactions) {
      const transaction = await producer.beginTransaction();
      for (const value of values) {
        const message = { topic, partition: 0, key: Buffer.from("k"), value: Buffer.from(value) };
        await transaction.send({ messages: [message] });
      }
      if (ends === "commit") await transaction.commit();
      else await transaction.abort();
    }
  } finally {
    await producer.close();
  }
}
