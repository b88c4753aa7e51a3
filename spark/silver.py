"""Silver by Spark Structured Streaming: `spark-submit spark/silver.py --lake ADDRESS --once`.

The stream is the ledger: its entries are small, create-only, and say which objects of streaming/
and batch/ count. docs/spark.md has the options and commands that were tried.
"""

import argparse
import os
import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from egx_silver.build import build
from egx_silver.errors import EgxError, superseded
from egx_silver.events import say
from egx_silver.intake import Asked, asked_by, everything
from egx_silver.lake import Lake, open_lake
from egx_silver.metrics import Metrics
from egx_silver.owner import OWN_STAGING, is_owner, take_over
from egx_silver.tables import define_views

CHECKPOINT = "_spark/checkpoint"
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    # Row groups small enough that one symbol's bars are read without the rest.
    "spark.hadoop.parquet.block.size": str(8 * 1024 * 1024),
    # What is staged is nobody's but ours, so its files need not be renamed into place at the end.
    "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
    "spark.sql.shuffle.partitions": "8",
    "spark.ui.enabled": "false",
}


def main() -> int:
    """Run the query; give the exit code."""
    options = _options()
    spark = _session(options)
    lake = open_lake(spark, options.lake)
    define_views(spark)
    metrics = Metrics(options.metrics)
    spark.streams.addListener(metrics)
    try:
        take_over(lake)
        if options.rebuild:
            lake.delete(CHECKPOINT)
            metrics.built(build(spark, lake, Asked(), reason="asked"))
        _stream(spark, lake, options, metrics)
        final = build(spark, lake, everything(lake))
    except EgxError as error:
        return _failed(error)
    except Exception:
        # Who was superseded may miss its files, or its checkpoint, before it asks.
        if is_owner(lake):
            raise
        return _failed(superseded())
    lake.delete(OWN_STAGING)
    metrics.built(final)
    _summarize(final.state.objects, metrics)
    return 0


def _stream(spark: SparkSession, lake: Lake, options: argparse.Namespace, metrics: Metrics) -> None:
    failures: list[EgxError] = []

    def take(batch: DataFrame, number: int) -> None:
        addresses = [row.path for row in batch.select("path").collect()]
        say("batch", number=number, files=len(addresses))
        # A tick without a file takes in what had to be left: a last entry that is whole by now.
        asked = asked_by(addresses) if any(addresses) else everything(lake)
        try:
            metrics.built(build(spark, lake, asked))
        except EgxError as error:
            failures.append(error)
            raise

    entries = (
        spark.readStream.format("binaryFile")
        .schema("path STRING, modificationTime TIMESTAMP, length BIGINT, content BINARY")
        .option("recursiveFileLookup", "true")
        .option("pathGlobFilter", "*.json")
        .option("maxFilesPerTrigger", options.entries_per_batch)
        .load(lake.uri("_ledger"))
        .select("path")
    )
    if options.once:
        writer = entries.writeStream.trigger(availableNow=True)
    else:
        ticks = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 1).load()
        both = entries.union(ticks.selectExpr("'' AS path"))
        writer = both.writeStream.trigger(processingTime=f"{options.poll_seconds} seconds")
    checkpoint = f"{CHECKPOINT}/{'once' if options.once else 'continuous'}"
    query = writer.foreachBatch(take).option("checkpointLocation", lake.uri(checkpoint)).start()
    try:
        query.awaitTermination()
    except Exception:
        # The query's own error has ours as text alone.
        if failures:
            raise failures[-1] from None
        raise


def _summarize(objects: dict[str, dict], metrics: Metrics) -> None:
    def rows(table: str) -> int:
        of_table = (facts for key, facts in objects.items() if key.startswith(f"silver/{table}/"))
        return sum(facts["rows"] for facts in of_table)

    counts = {
        name: int(metrics.values[f"egx_spark_{name}_total"])
        for name in ("entries", "rows", "bad_lines", "objects")
    }
    say(
        "done",
        **counts,
        bars=rows("bars"),
        revisions=rows("bar_revisions"),
        rebuilt=metrics.rebuilt,
    )


def _failed(error: EgxError) -> int:
    say("failed", code=error.code, text=str(error).removeprefix(f"{error.code}: "), key=error.key)
    print(error, file=sys.stderr)
    return 1


def _session(options: argparse.Namespace) -> SparkSession:
    builder = SparkSession.builder.appName("egx-silver")
    for name, value in {**SETTINGS, **_s3_settings(options)}.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _s3_settings(options: argparse.Namespace) -> dict[str, str]:
    """Set up S3A; credentials come from the environment, as Spark takes them."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    settings = {"spark.hadoop.fs.s3a.endpoint.region": region}
    if options.endpoint is not None:
        settings["spark.hadoop.fs.s3a.endpoint"] = options.endpoint
        settings["spark.hadoop.fs.s3a.path.style.access"] = "true"
        secure = not options.endpoint.startswith("http://")
        settings["spark.hadoop.fs.s3a.connection.ssl.enabled"] = str(secure).lower()
    return settings


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lake", required=True, help="a folder, or s3://bucket/prefix")
    parser.add_argument("--endpoint", help="address of an S3 store that is not AWS")
    parser.add_argument("--once", action="store_true", help="end when all is taken in")
    parser.add_argument("--rebuild", action="store_true", help="make silver anew from the ledger")
    parser.add_argument("--entries-per-batch", type=int, default=500, metavar="COUNT")
    parser.add_argument("--poll-seconds", type=int, default=10, metavar="SECONDS")
    parser.add_argument("--metrics", type=Path, metavar="FILE", help="for Prometheus' textfile")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
