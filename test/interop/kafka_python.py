"""kafka-python: publishes what comes on standard input, or prints what a topic holds.

    kafka_python.py publish BOOTSTRAP TOPIC COMPRESSION
    kafka_python.py read BOOTSTRAP TOPIC COUNT

Records are JSON, one a line; key, value and headers' values are base64, or null.
"""
import base64
import json
import sys

from kafka import KafkaConsumer, KafkaProducer


def to_bytes(text):
    return None if text is None else base64.b64decode(text)


def to_text(value):
    return None if value is None else base64.b64encode(value).decode()


def publish(bootstrap, topic, compression):
    producer = KafkaProducer(
        bootstrap_servers=bootstrap.split(","),
        compression_type=None if compression == "none" else compression,
    )
    for line in sys.stdin:
        record = json.loads(line)
        headers = [(key, to_bytes(value)) for key, value in record.get("headers", [])]
        sent = producer.send(
            topic, key=to_bytes(record["key"]), value=to_bytes(record["value"]), headers=headers
        ).get(timeout=30)
        print(json.dumps({"partition": sent.partition, "offset": sent.offset}))
    producer.close()


def read(bootstrap, topic, count):
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=bootstrap.split(","),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        group_id=None,
    )
    for _ in range(int(count)):
        record = next(consumer)
        print(
            json.dumps(
                {
                    "partition": record.partition,
                    "offset": record.offset,
                    "timestampMs": record.timestamp,
                    "key": to_text(record.key),
                    "value": to_text(record.value),
                    "headers": [[key, to_text(value)] for key, value in record.headers],
                }
            )
        )
    consumer.close()


{"publish": publish, "read": read}[sys.argv[1]](*sys.argv[2:])
