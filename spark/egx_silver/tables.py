"""Silver's tables, and the views of rows.sql and merge.sql that make them."""

import csv
from datetime import datetime
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from egx_silver.lake import Lake
from egx_silver.ledger import LedgerObject
from egx_silver.state import RELEASE

HERE = Path(__file__).parent
# The columns of `bars` and `bar_revisions`: a contract (docs/silver.md).
COLUMNS = (
    "symbol STRING, exchange STRING, date DATE, datetime TIMESTAMP, open DOUBLE, high DOUBLE, "
    "low DOUBLE, close DOUBLE, volume DOUBLE, final BOOLEAN, source STRING, currency STRING, "
    "adjusted STRING, suspect ARRAY<STRING>, ingestion_timestamp TIMESTAMP, log_id STRING, "
    "log_partition INT, log_offset BIGINT, object STRING"
)
# What was stored and is no bar: the object, the line in it from 1, the line itself.
BAD_LINE_COLUMNS = "object STRING, line INT, text STRING"
# What is read of the objects of batch/.
BATCH_COLUMNS = (
    "symbol STRING, exchange STRING, `interval` STRING, datetime TIMESTAMP, open DOUBLE, "
    "high DOUBLE, low DOUBLE, close DOUBLE, volume DOUBLE, final BOOLEAN, source STRING, "
    "currency STRING, adjusted STRING, ingestion_timestamp TIMESTAMP"
)


def define_views(spark: SparkSession) -> None:
    """Make the views that stand on nothing but the release, and those that stand on others."""
    intervals = [(each["name"], each["code"], each["minutes"]) for each in RELEASE["intervals"]]
    view(spark, "intervals", intervals, "name STRING, code STRING, minutes INT")
    with (HERE / "calendar.csv").open() as file:
        days = [
            (
                datetime.fromisoformat(row["date"]).date(),
                _instant(row["open"]),
                _instant(row["close"]),
            )
            for row in csv.DictReader(file)
        ]
    view(spark, "calendar", days, "date DATE, open TIMESTAMP, close TIMESTAMP")
    view(spark, "objects", [], "object STRING, value STRING")
    view(spark, "loaded", [], f"{BATCH_COLUMNS}, object STRING")
    run_file(spark, "rows.sql")
    view(spark, "present", [], f"{COLUMNS}, part STRING")
    view(spark, "revisions", [], f"{COLUMNS}, part STRING")
    view(spark, "chosen", [], CHOSEN_COLUMNS)
    run_file(spark, "merge.sql")


CHOSEN_COLUMNS = "`interval` STRING, exchange STRING, symbol STRING, source STRING, adjusted STRING"


def view(spark: SparkSession, name: str, rows: list[tuple], columns: str) -> None:
    """Give some rows of the driver's a name."""
    spark.createDataFrame(rows, columns).createOrReplaceTempView(name)


def run_file(spark: SparkSession, name: str) -> None:
    """Run the statements of a file of ours."""
    for statement in (HERE / name).read_text().split(";\n"):
        spark.sql(statement)


def read_lines(spark: SparkSession, lake: Lake, objects: list[LedgerObject]) -> DataFrame:
    """Give (object, value): streaming objects whole, decompressed by their suffix."""
    paths = [lake.uri(each.key) for each in objects]
    if not paths:
        return spark.createDataFrame([], "object STRING, value STRING")
    # Without partitions made up from the names of the folders.
    found = spark.read.option("recursiveFileLookup", "true").text(paths, wholetext=True)
    return found.selectExpr(f"{_key_of(lake)} AS object", "value")


def read_parquet(spark: SparkSession, lake: Lake, keys: list[str], columns: str) -> DataFrame:
    """Give the rows of some Parquet objects, with the key of each as `key`."""
    if not keys:
        return spark.createDataFrame([], f"{columns}, key STRING")
    reader = spark.read.schema(columns).option("recursiveFileLookup", "true")
    found = reader.parquet(*[lake.uri(key) for key in keys])
    return found.selectExpr("*", f"{_key_of(lake)} AS key")


def _key_of(lake: Lake) -> str:
    # Spark writes a folder's address with one slash or three.
    root = lake.root.removeprefix("file://")
    return f"substr(_metadata.file_path, locate('{root}/', _metadata.file_path) + {len(root) + 1})"


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
