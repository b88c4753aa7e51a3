"""Parquet files on their way: Spark writes them beside the checkpoint, one a partition."""

import uuid
from typing import NamedTuple

from pyspark.sql import DataFrame, SparkSession

from egx_silver.lake import Lake
from egx_silver.owner import OWN_STAGING
from egx_silver.state import RELEASE, State


class Prepared(NamedTuple):
    """An object that waits to be put in the place of the version `expected`."""

    key: str
    file: str
    rows: int
    sha256: str
    expected: str | None


def part_of_staged(key: str) -> str:
    """Give the partition of a staged file: its folder's name, with other separators."""
    return key.rsplit("/", 2)[1].removeprefix("part=").replace("+", "/").replace("-", "=")


class Stage:
    """One micro-batch's files; whatever an earlier one left behind is removed."""

    def __init__(self, spark: SparkSession, lake: Lake) -> None:
        """Begin with nothing staged."""
        self._jvm = spark._jvm
        self._conf = spark._jsc.hadoopConfiguration()
        self._lake = lake
        lake.delete(OWN_STAGING)

    def write(self, table: DataFrame, columns: list[str], order: list[str]) -> dict[str, str]:
        """Write a table with a column `part`; give the key of each part's file."""
        folder = f"{OWN_STAGING}/{uuid.uuid4()}"
        # Slashes and equals signs would be escaped in the folder's name.
        staged = table.selectExpr(*columns, "translate(part, '/=', '+-') AS part")
        staged = staged.repartition("part").sortWithinPartitions("part", *order)
        staged.write.partitionBy("part").parquet(self._lake.uri(folder))
        files = [key for key in self._lake.keys(folder) if key.endswith(".parquet")]
        return {part_of_staged(key): key for key in files}

    def write_one(self, table: DataFrame) -> str:
        """Write a small table as one file, also when it has no rows."""
        folder = f"{OWN_STAGING}/{uuid.uuid4()}"
        table.coalesce(1).write.parquet(self._lake.uri(folder))
        return next(key for key in self._lake.keys(folder) if key.endswith(".parquet"))

    def finish(self, key: str, file: str, state: State, expected: str | None) -> Prepared:
        """Give a staged file the metadata of silver's objects."""
        parquet = self._jvm.org.apache.parquet.hadoop
        source = parquet.util.HadoopInputFile.fromPath(self._path(file), self._conf)
        reader = parquet.ParquetFileReader.open(source)
        finished = f"{OWN_STAGING}/{uuid.uuid4()}.parquet"
        schema = reader.getFooter().getFileMetaData().getSchema()
        writer = parquet.ParquetFileWriter(self._conf, schema, self._path(finished))
        writer.start()
        reader.appendTo(writer)
        rows = reader.getRecordCount()
        reader.close()
        metadata = self._jvm.java.util.HashMap()
        metadata.put("egx_position", state.position_text())
        metadata.put("egx_format", str(RELEASE["format"]))
        writer.end(metadata)
        digest = self._lake.digest(finished)
        return Prepared(key, finished, rows, digest, expected)

    def _path(self, key: str) -> object:
        return self._jvm.org.apache.hadoop.fs.Path(self._lake.uri(key))
