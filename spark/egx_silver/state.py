"""silver/_built.json: what silver was built from, and of which objects it consists.

It is the one of DuckDB's builder (src/silver/built-state.ts), so either goes on where the other
stopped. A query's checkpoint says which entries were seen; what was taken in, this file says.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from egx_silver.errors import busy
from egx_silver.lake import Lake
from egx_silver.ledger import START, Chain, Position, sealed, unsealed

RELEASE = json.loads((Path(__file__).parent / "release.json").read_text())
BUILT_KEY = "silver/_built.json"
SYMBOLS_KEY = "silver/symbols.parquet"
SESSIONS_KEY = "silver/sessions.parquet"
BAD_LINES_KEY = "silver/bad_lines.parquet"


class Series(NamedTuple):
    """The bars of one source and adjustment of a symbol, as one partition has them."""

    exchange: str
    symbol: str
    source: str
    adjusted: str
    currency: str
    bars: int
    first: str
    last: str


@dataclass(frozen=True)
class State:
    """What was built. `objects` and `pending` give {sha256, rows} by key."""

    rank: dict = field(default_factory=lambda: RELEASE["rank"])
    streaming: dict[Chain, Position] = field(default_factory=dict)
    loads: tuple[str, ...] = ()
    objects: dict[str, dict] = field(default_factory=dict)
    pending: dict[str, dict] = field(default_factory=dict)
    sessions: str | None = None
    series: dict[str, list[Series]] = field(default_factory=dict)

    def position(self, chain: Chain) -> Position:
        """Say how far a chain is in."""
        return self.streaming.get(chain, START)

    def position_text(self) -> str:
        """Write the ledger position as the Parquet metadata have it."""
        names = hashlib.sha256("\n".join(self.loads).encode()).hexdigest()
        position = {
            "streaming": self._chains(),
            "loads": {"count": len(self.loads), "names": names},
        }
        return json.dumps(position, separators=(",", ":"))

    def encode(self) -> bytes:
        """Give the file's bytes."""
        return sealed(
            {
                "format": RELEASE["format"],
                "rank": self.rank,
                "streaming": self._chains(),
                "loads": list(self.loads),
                "objects": dict(sorted(self.objects.items())),
                "pending": dict(sorted(self.pending.items())),
                "sessions": self.sessions,
                "series": dict(sorted(self.series.items())),
            }
        )

    def _chains(self) -> list[dict]:
        ordered = sorted(self.streaming.items(), key=lambda item: item[0])
        return [{**chain._asdict(), **position._asdict()} for chain, position in ordered]


@dataclass(frozen=True)
class Stored:
    """The state and its version; no state where there is none, or none that can be read."""

    state: State | None
    version: str | None


def read_state(lake: Lake) -> Stored:
    """Read the state together with the version that it has."""
    while True:
        version = lake.version(BUILT_KEY)
        body = None if version is None else lake.get(BUILT_KEY)
        if lake.version(BUILT_KEY) == version:
            return Stored(None if body is None else _decode(body), version)


def put_state(lake: Lake, state: State, expected: str | None) -> str | None:
    """Replace the state and give its new version."""
    if not lake.replace(BUILT_KEY, state.encode(), expected):
        raise busy(BUILT_KEY)
    version = lake.version(BUILT_KEY)
    if lake.get(BUILT_KEY) != state.encode():
        raise busy(BUILT_KEY)
    return version


def facts_outdated(state: State) -> State:
    """Leave symbols and sessions to the next `egx silver`: it makes anew what is pending."""
    facts = {key: state.objects[key] for key in (SYMBOLS_KEY,) if key in state.objects}
    return replace(state, pending=facts)


def _decode(body: bytes) -> State | None:
    value = unsealed(body)
    if value is None or value.get("format") != RELEASE["format"]:
        return None
    return State(
        rank=value["rank"],
        streaming={
            Chain(each["topic"], each["log"], each["partition"]): Position(
                each["end"], each["last"]
            )
            for each in value["streaming"]
        },
        loads=tuple(value["loads"]),
        objects=value["objects"],
        pending=value["pending"],
        sessions=value["sessions"],
        series={name: [Series(*row) for row in rows] for name, rows in value["series"].items()},
    )
