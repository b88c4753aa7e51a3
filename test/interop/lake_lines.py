"""boto3: prints every line of a bucket's streaming objects, as {"key", "line"}.

    lake_lines.py ENDPOINT BUCKET
"""
import json
import sys

import boto3

endpoint, bucket = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="streaming/"):
    for listed in page.get("Contents", []):
        body = s3.get_object(Bucket=bucket, Key=listed["Key"])["Body"].read()
        for line in body.decode("utf-8").splitlines():
            print(json.dumps({"key": listed["Key"], "line": json.loads(line)}))
