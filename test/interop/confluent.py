"""confluent-kafka (librdkafka): publishes, prints what a topic holds, or makes transactions.

    confluent.py publish BOOTSTRAP TOPIC COMPRESSION
    confluent.py read BOOTSTRAP TOPIC COUNT
    confluent.py transactions BOOTSTRAP TOPIC

What was read is committed to the group `reader-of-TOPIC`. Records are JSON, one a line; key, value and headers' values are base64, or null. A transaction is
{"ends": "commit" | "abort", "records": […]}.
"""
import base64
import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition


def to_bytes(text):
    return None if text is None else base64.b64decode(text)


def to_text(value):
    return None if value is None else base64.b64encode(value).decode()


def publish(bootstrap, topic, compression):
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "compression.type": compression,
            # The library's own default spreads keys by CRC32; this is the Java default.
            "partitioner": "murmur2_random",
        }
    )
    for line in sys.stdin:
        produce(producer, topic, json.loads(line), tell)
        producer.flush()


def tell(error, message):
    if error is not None:
        raise KafkaException(error)
    print(json.dumps({"partition": message.partition(), "offset": message.offset()}))


def produce(producer, topic, record, on_delivery):
    headers = [(key, to_bytes(value)) for key, value in record.get("headers", [])]
    producer.produce(
        topic,
        key=to_bytes(record["key"]),
        value=to_bytes(record["value"]),
        headers=headers,
        on_delivery=on_delivery,
    )
    producer.poll(0)


def transactions(bootstrap, topic):
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "partitioner": "murmur2_random",
            "transactional.id": "interop-" + topic,
            "message.timeout.ms": 30_000,
        }
    )
    producer.init_transactions()
    for line in sys.stdin:
        transaction = json.loads(line)
        producer.begin_transaction()
        for record in transaction["records"]:
            produce(producer, topic, record, tell)
        # What is still waiting here would not even be written when a transaction is aborted.
        producer.flush()
        if transaction["ends"] == "commit":
            producer.commit_transaction()
        else:
            producer.abort_transaction()


def read(bootstrap, topic, count):
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "reader-of-" + topic,
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    partitions = consumer.list_topics(topic).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    for _ in range(int(count)):
        message = consumer.poll(30)
        if message is None:
            sys.exit("no record came within 30 s")
        if message.error():
            raise KafkaException(message.error())
        print(
            json.dumps(
                {
                    "partition": message.partition(),
                    "offset": message.offset(),
                    "timestampMs": message.timestamp()[1],
                    "key": to_text(message.key()),
                    "value": to_text(message.value()),
                    "headers": [[key, to_text(value)] for key, value in message.headers() or []],
                }
            )
        )
    consumer.commit(asynchronous=False)
    consumer.close()


{"publish": publish, "read": read, "transactions": transactions}[sys.argv[1]](*sys.argv[2:])
