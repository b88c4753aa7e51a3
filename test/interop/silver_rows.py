"""pyarrow: prints the bars of a bucket's silver, read as a data set straight from the store.

    silver_rows.py ENDPOINT BUCKET
"""
import json
import os
import sys

import pyarrow.dataset as ds
from pyarrow.fs import S3FileSystem

endpoint, bucket = sys.argv[1:]
scheme, _, host = endpoint.partition("://")
store = S3FileSystem(
    access_key=os.environ["AWS_ACCESS_KEY_ID"],
    secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    endpoint_override=host,
    scheme=scheme,
    region="us-east-1",
)
bars = ds.dataset(f"{bucket}/silver/bars", format="parquet", filesystem=store)
columns = ["symbol", "date", "close", "log_partition", "log_offset"]
for row in bars.to_table(columns=columns).sort_by("symbol").to_pylist():
    row["date"] = row["date"].isoformat()
    print(json.dumps(row))
