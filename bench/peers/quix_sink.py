"""quixstreams' S3 sink, one object a partition and commit. Prints records and seconds."""

import json
import os
import sys
import time

from quixstreams import Application
from quixstreams.sinks.community.file.s3 import S3FileSink

bootstrap, topic, bucket, records = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
app = Application(
    broker_address=bootstrap,
    consumer_group=f"quix-{bucket}",
    auto_offset_reset="earliest",
    commit_every=60_000,
    commit_interval=300,
    loglevel="ERROR",
)
sink = S3FileSink(
    bucket=bucket,
    endpoint_url=os.environ["MINIO_ENDPOINT"],
    region_name="us-east-1",
    format="json",
)
state = {"stored": 0, "began": 0.0}


def count(value):
    state["began"] = state["began"] or time.monotonic()
    state["stored"] += 1
    return value


stream = app.dataframe(app.topic(topic, value_deserializer="json")).apply(count)
stream.sink(sink)
# Ends behind the last record, and flushes what it holds.
app.run(count=records)
print(json.dumps({"records": state["stored"], "seconds": time.monotonic() - state["began"]}))
