"""What a micro-batch takes in: entries of chains and loads that silver does not hold yet."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

from egx_silver.errors import damaged, missing
from egx_silver.lake import Lake
from egx_silver.ledger import (
    ENTRY_PATTERN,
    LOAD_PATTERN,
    Chain,
    Entry,
    LedgerObject,
    list_chains,
    list_loads,
    read_chain,
    read_load,
)
from egx_silver.state import State
from egx_silver.tables import BATCH_COLUMNS, read_lines, read_parquet

LOOKS_AT_ONCE = 16


@dataclass(frozen=True)
class Asked:
    """Which entries to take in: for each chain the start of the last one; and which loads."""

    upto: Mapping[Chain, int | None] = field(default_factory=dict)
    loads: tuple[str, ...] = ()


def everything(lake: Lake) -> Asked:
    """Ask for all that the ledger names."""
    return Asked(dict.fromkeys(list_chains(lake)), tuple(list_loads(lake)))


def asked_by(addresses: list[str]) -> Asked:
    """Ask for what these files of the ledger say."""
    upto: dict[Chain, int] = {}
    for match in filter(None, map(ENTRY_PATTERN.search, addresses)):
        chain = Chain(match[1], match[2], int(match[3]))
        upto[chain] = max(upto.get(chain, 0), int(match[4]))
    loads = filter(None, map(LOAD_PATTERN.search, addresses))
    return Asked(upto, tuple(sorted(match[1] for match in loads)))


@dataclass(frozen=True)
class Intake:
    """What is taken in, and the state's position once it is."""

    entries: int
    objects: DataFrame
    loaded: DataFrame
    state: State


def take_in(spark: SparkSession, lake: Lake, state: State, asked: Asked) -> Intake:
    """Find the entries and loads behind a state whose objects are whole, and read them."""
    entries = [
        entry
        for chain, upto in asked.upto.items()
        for entry in read_chain(lake, chain, state.position(chain), upto)
    ]
    entries, lines = _whole_entries(spark, lake, entries)
    loads = [load for load in asked.loads if load not in state.loads]
    objects = [each for load in loads for each in read_load(lake, load)]
    _check_loads(lake, objects)
    loaded = read_parquet(spark, lake, [each.key for each in objects], BATCH_COLUMNS)
    positions = {entry.chain: entry.position for entry in entries}
    return Intake(
        entries=len(entries) + len(loads),
        objects=lines,
        loaded=loaded.withColumnRenamed("key", "object"),
        state=replace(
            state,
            streaming={**state.streaming, **positions},
            loads=tuple(sorted({*state.loads, *loads})),
        ),
    )


def _whole_entries(
    spark: SparkSession, lake: Lake, entries: list[Entry]
) -> tuple[list[Entry], DataFrame]:
    """Leave out a chain's last entry while what it names is not all there."""
    absent = set(_absent(lake, [each for entry in entries for each in entry.objects]))
    there = [entry for entry in entries if not _is_waited_for(entry, absent, missing)]
    wanted = {each.key: each for entry in there for each in entry.objects}
    lines = read_lines(spark, lake, list(wanted.values())).persist(StorageLevel.MEMORY_AND_DISK)
    found = lines.selectExpr(
        "object", "sha2(value, 256) AS digest", r"size(split(value, '\n')) - 1 AS records"
    ).collect()
    sound = {
        row.object
        for row in found
        if (row.digest, row.records) == (wanted[row.object].sha256, wanted[row.object].records)
    }
    torn = wanted.keys() - sound
    whole = [entry for entry in there if not _is_waited_for(entry, torn, damaged)]
    keys = [each.key for entry in whole for each in entry.objects]
    return whole, lines.where(lines.object.isin(keys)) if len(whole) < len(there) else lines


def _is_waited_for(entry: Entry, faulty: set[str], error: object) -> bool:
    fault = next((each.key for each in entry.objects if each.key in faulty), None)
    if fault is not None and entry.followed:
        raise error(fault)
    return fault is not None


def _absent(lake: Lake, objects: list[LedgerObject]) -> list[str]:
    with ThreadPoolExecutor(LOOKS_AT_ONCE) as pool:
        versions = pool.map(lambda each: lake.version(each.key), objects)
        return [each.key for each, version in zip(objects, versions, strict=True) if not version]


def _check_loads(lake: Lake, objects: list[LedgerObject]) -> None:
    for each in objects:
        digest = lake.digest(each.key)
        if digest is None:
            raise missing(each.key)
        if digest != each.sha256:
            raise damaged(each.key)
