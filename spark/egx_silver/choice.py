"""Which source `bars` takes for a symbol and interval: the rule of src/silver/source-rank.ts."""

from collections.abc import Mapping
from typing import NamedTuple

from egx_silver.state import Series


class Choice(NamedTuple):
    """The one series of a symbol and interval; `interval` is its code, 1d."""

    interval: str
    exchange: str
    symbol: str
    source: str
    adjusted: str


def interval_of(partition: str) -> str:
    """Give the interval's code of a partition's name, `interval=1d/year=2025`."""
    return partition.split("/", 1)[0].removeprefix("interval=")


def choose(series: Mapping[str, list[Series]], rank: dict) -> set[Choice]:
    """Choose for every symbol and interval, from the series of all partitions."""
    bars: dict[Choice, int] = {}
    for partition, rows in series.items():
        for row in rows:
            choice = Choice(interval_of(partition), *row[:4])
            bars[choice] = bars.get(choice, 0) + row.bars
    best: dict[tuple, Choice] = {}
    for choice in sorted(bars, key=lambda each: _order(each, bars[each], rank), reverse=True):
        best[choice[:3]] = choice
    return set(best.values())


def _order(choice: Choice, bars: int, rank: dict) -> tuple:
    kind = choice.source.split(":", 1)[0]
    sources, adjusted = rank["sources"], rank["adjusted"]
    return (
        next((at for at, group in enumerate(sources) if kind in group), len(sources)),
        adjusted.index(choice.adjusted) if choice.adjusted in adjusted else len(adjusted),
        -bars,
        # The order of UTF-16, which the other builder's language compares by.
        choice.source.encode("utf-16-be", "surrogatepass"),
        choice.adjusted,
    )
