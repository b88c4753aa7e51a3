"""One micro-batch: what the ledger has that silver has not, merged and put."""

import time
from dataclasses import dataclass, replace

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

from egx_silver.choice import choose, interval_of
from egx_silver.errors import EgxError, busy, damaged
from egx_silver.events import say
from egx_silver.intake import Asked, Intake, everything, take_in
from egx_silver.lake import Lake
from egx_silver.publish import publish
from egx_silver.stage import Prepared, Stage
from egx_silver.state import BAD_LINES_KEY, Series, State, Stored, read_state
from egx_silver.tables import BAD_LINE_COLUMNS, CHOSEN_COLUMNS, COLUMNS, read_parquet, view

ATTEMPTS_MAX = 10
NAMES = [column.split()[0] for column in COLUMNS.split(", ")]
# A total order, so that the same rows give the same objects.
REVISION_ORDER = ["symbol", "datetime", "exchange", "adjusted", "source", "ingestion_timestamp"]
REVISION_ORDER += ["final", "log_offset", "log_partition", "log_id", "object"]
BAR_ORDER = ["symbol", "datetime", "exchange"]


@dataclass(frozen=True)
class Built:
    """What a micro-batch did; `state` is silver's after it."""

    state: State
    entries: int = 0
    rows: int = 0
    bad_lines: int = 0
    objects: int = 0
    rebuilt: str | None = None


def build(spark: SparkSession, lake: Lake, asked: Asked, reason: str | None = None) -> Built:
    """Take in what is asked, or make silver anew from the whole ledger for a reason."""
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            return _attempt(spark, lake, asked, reason)
        except EgxError as error:
            if error.code == "E_LAKE_OBJECT_DAMAGED" and (error.key or "").startswith("silver/"):
                reason = "damaged"
            elif error.code != "E_SILVER_BUSY" or attempt == ATTEMPTS_MAX:
                raise
            time.sleep(0.2 * attempt)
    raise busy("silver")


def _attempt(spark: SparkSession, lake: Lake, asked: Asked, reason: str | None) -> Built:
    stored = read_state(lake)
    if stored.version is not None and stored.state is None:
        reason = reason or "format"
    before = stored.state or State()
    base = before
    if reason is not None:
        asked, base = everything(lake), State(rank=before.rank)
    intake = take_in(spark, lake, base, asked)
    unfinished = {name for name in map(_partition_of, before.pending) if name is not None}
    try:
        if reason is None and intake.entries == 0 and not unfinished:
            return Built(before)
        merge = _Merge(spark, lake, stored, intake, anew=reason is not None)
        return replace(merge.run(unfinished), rebuilt=reason)
    finally:
        spark.catalog.clearCache()


class _Merge:
    def __init__(
        self, spark: SparkSession, lake: Lake, stored: Stored, intake: Intake, *, anew: bool
    ) -> None:
        self._spark = spark
        self._lake = lake
        self._stored = stored
        self._before = State() if anew or stored.state is None else stored.state
        self._intake = intake
        self._anew = anew
        self._stage = Stage(spark, lake)
        intake.objects.createOrReplaceTempView("objects")
        intake.loaded.createOrReplaceTempView("loaded")

    def run(self, unfinished: set[str]) -> Built:
        """Merge the partitions that have new rows, and those that a broken build left."""
        # Parsed once, for all that follows.
        self._spark.table("checked").persist(StorageLevel.MEMORY_AND_DISK)
        counts = self._spark.table("fresh").groupBy("part").count().collect()
        fresh = {row[0]: row[1] for row in counts}
        touched = sorted(fresh if self._anew else {*fresh, *unfinished})
        # Versions first: whatever another build writes after this is not overwritten.
        versions = self._versions("bars", touched)
        expected = self._versions("bar_revisions", touched)
        present = self._present([name for name in touched if not self._anew])
        present.createOrReplaceTempView("present")
        files = self._stage.write(self._spark.table("merged"), NAMES, REVISION_ORDER)
        self._view_revisions(files, kept=[])
        state = replace(self._intake.state, series=self._series(touched))
        prepared = [
            self._stage.finish(_key("bar_revisions", name), file, state, expected[name])
            for name, file in sorted(files.items())
        ]
        prepared += self._bars(state, files, versions)
        bad, bad_lines = self._bad_lines(state)
        prepared += bad
        say("publishing", objects=len(prepared))
        done = publish(self._lake, self._stored, state, prepared, anew=self._anew)
        rows = sum(fresh.values())
        return Built(done, self._intake.entries, rows, bad_lines, len(prepared))

    def _bars(
        self, state: State, files: dict[str, str], versions: dict[str, str | None]
    ) -> list[Prepared]:
        """Work out `bars` of what was touched, and of what another source is chosen for now."""
        choices = choose(state.series, state.rank)
        changed = {each[:3] for each in choices ^ choose(self._before.series, self._before.rank)}
        turned = [
            name
            for name, rows in state.series.items()
            if name not in files and any((interval_of(name), *row[:2]) in changed for row in rows)
        ]
        versions = {**versions, **self._versions("bars", turned)}
        self._view_revisions(files, kept=turned)
        view(self._spark, "chosen", sorted(choices), CHOSEN_COLUMNS)
        newest = self._spark.table("newest")
        bars = self._stage.write(newest, NAMES, BAR_ORDER)
        # An object that has no bars any more is replaced by one without rows.
        emptied = [name for name, version in versions.items() if version and name not in bars]
        if emptied:
            empty = self._stage.write_one(newest.select(*NAMES).limit(0))
            bars |= dict.fromkeys(emptied, empty)
        return [
            self._stage.finish(_key("bars", name), file, state, versions[name])
            for name, file in sorted(bars.items())
        ]

    def _bad_lines(self, state: State) -> tuple[list[Prepared], int]:
        """Add the lines that are no bars to their table."""
        expected = self._lake.version(BAD_LINES_KEY)
        count = self._spark.table("bad_lines").count()
        if count == 0:
            return [], 0
        known = [] if self._anew or expected is None else [BAD_LINES_KEY]
        present = read_parquet(self._spark, self._lake, known, BAD_LINE_COLUMNS).drop("key")
        lines = present.union(self._spark.table("bad_lines")).distinct()
        file = self._stage.write_one(lines.orderBy("object", "line"))
        return [self._stage.finish(BAD_LINES_KEY, file, state, expected)], count

    def _series(self, touched: list[str]) -> dict[str, list[Series]]:
        series = {**self._before.series, **{name: [] for name in touched}}
        for row in self._spark.table("series").collect():
            series[row.part].append(Series(*row[1:]))
        return series

    def _versions(self, table: str, partitions: list[str]) -> dict[str, str | None]:
        return {name: self._lake.version(_key(table, name)) for name in partitions}

    def _present(self, partitions: list[str]) -> DataFrame:
        """Give the revisions that silver has of some partitions, held against the state."""
        keys = [_key("bar_revisions", name) for name in partitions]
        part = "regexp_extract(key, '(interval=.*)/bars.parquet$', 1) AS part"
        there = [key for key in keys if self._is_there(key)]
        return read_parquet(self._spark, self._lake, there, COLUMNS).selectExpr(*NAMES, part)

    def _is_there(self, key: str) -> bool:
        digest = self._lake.digest(key)
        states = (self._before.objects, self._before.pending)
        known = [objects[key]["sha256"] for objects in states if key in objects]
        if digest is None and key not in self._before.objects:
            return False
        if digest not in known:
            raise damaged(key)
        return True

    def _view_revisions(self, files: dict[str, str], kept: list[str]) -> None:
        """Name the revisions as they are going to be: staged ones, and those that stay."""
        part = "translate(regexp_extract(key, 'part=([^/]+)', 1), '+-', '/=') AS part"
        staged = read_parquet(self._spark, self._lake, list(files.values()), COLUMNS)
        rows = staged.selectExpr(*NAMES, part).union(self._present(kept))
        rows.createOrReplaceTempView("revisions")


def _key(table: str, partition: str) -> str:
    return f"silver/{table}/{partition}/bars.parquet"


def _partition_of(key: str) -> str | None:
    table, _, rest = key.removeprefix("silver/").partition("/")
    return rest.removesuffix("/bars.parquet") if table in ("bars", "bar_revisions") else None
