"""The seed's way: kafka-python, auto-commit, one put a message. Prints records and seconds."""

import json
import os
import sys
import time

import boto3
from kafka import KafkaConsumer

bootstrap, topic, bucket, records = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
s3 = boto3.client("s3", endpoint_url=os.environ["MINIO_ENDPOINT"], region_name="us-east-1")
consumer = KafkaConsumer(
    topic,
    bootstrap_servers=bootstrap.split(","),
    group_id=f"seed-{bucket}",
    auto_offset_reset="earliest",
    enable_auto_commit=True,
    value_deserializer=lambda value: json.loads(value.decode("utf-8")),
)
stored = 0
began = 0.0
for message in consumer:
    began = began or time.monotonic()
    bar = message.value
    at = bar["datetime"]
    name = "".join(c for c in at[11:19] if c != ":") + "000000"
    s3.put_object(
        Bucket=bucket,
        Key=f"streaming/date={at[:10]}/symbol={bar['symbol']}/{name}.json",
        Body=json.dumps(bar, indent=2).encode("utf-8"),
        ContentType="application/json",
    )
    stored += 1
    if stored == records:
        break
print(json.dumps({"records": stored, "seconds": time.monotonic() - began}))
consumer.close()
