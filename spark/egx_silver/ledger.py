"""The ledger: which objects count. Nothing else of streaming/ and batch/ is ever read."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from egx_silver.errors import EgxError
from egx_silver.lake import Lake

STREAMING = "_ledger/streaming"
BATCH = "_ledger/batch"
CHECK = ',"check":"'
ENTRY_PATTERN = re.compile(r"_ledger/streaming/([^/]+)/([0-9a-f]{8})/(\d+)/(\d{20})\.json$")
LOAD_PATTERN = re.compile(r"_ledger/batch/([0-9a-f]{64})\.json$")


class Chain(NamedTuple):
    """One partition of one log."""

    topic: str
    log: str
    partition: int


class Position(NamedTuple):
    """How far a chain is taken in: the end of its last entry, and that entry's SHA-256."""

    end: int
    last: str


START = Position(0, "")


@dataclass(frozen=True)
class LedgerObject:
    """An object that an entry names; the digest is of the lines before compression."""

    key: str
    records: int
    sha256: str


@dataclass(frozen=True)
class Entry:
    """An entry of a chain, with the objects that nobody has given up as lost."""

    chain: Chain
    start: int
    position: Position
    objects: tuple[LedgerObject, ...]
    # Whether another entry follows. What the last one names may still be on its way.
    followed: bool


def list_chains(lake: Lake) -> list[Chain]:
    """Find all chains of the lake."""
    return [
        Chain(topic, log, int(partition))
        for topic in lake.folders(STREAMING)
        for log in lake.folders(f"{STREAMING}/{topic}")
        for partition in lake.folders(f"{STREAMING}/{topic}/{log}")
    ]


def list_loads(lake: Lake) -> list[str]:
    """Find the names of all loads."""
    found = (LOAD_PATTERN.search(key) for key in lake.keys(BATCH))
    return sorted(match[1] for match in found if match)


def read_chain(lake: Lake, chain: Chain, after: Position, upto: int | None) -> Iterator[Entry]:
    """Give a chain's entries behind a position, up to the one that begins at `upto`."""
    waiting = _read_entry(lake, chain, after)
    while waiting is not None and (upto is None or waiting["start"] <= upto):
        position = Position(waiting["end"], waiting["sha256"])
        following = _read_entry(lake, chain, position)
        lost = [] if following is None else following.get("lost", [])
        objects = tuple(_ledger_object(each) for each in waiting["objects"])
        kept = tuple(each for each in objects if each.key not in lost)
        yield Entry(chain, waiting["start"], position, kept, following is not None)
        waiting = following


def read_load(lake: Lake, load: str) -> tuple[LedgerObject, ...]:
    """Give the objects of a load; their digests are of whole objects."""
    key = f"{BATCH}/{load}.json"
    return tuple(_ledger_object(each) for each in _parse(lake.get(key), key)["objects"])


def _read_entry(lake: Lake, chain: Chain, after: Position) -> dict | None:
    key = f"{STREAMING}/{chain.topic}/{chain.log}/{chain.partition}/{after.end:020d}.json"
    body = lake.get(key)
    if body is None:
        return None
    entry = _parse(body, key)
    if entry["start"] != after.end or (entry["prev"] or "") != after.last:
        raise EgxError("E_LEDGER_DAMAGED", f"{key} does not follow the entry before it", key)
    return {**entry, "sha256": hashlib.sha256(body).hexdigest()}


def _ledger_object(each: dict) -> LedgerObject:
    return LedgerObject(each["key"], each["records"], each["sha256"])


def _parse(body: bytes | None, key: str) -> dict:
    value = unsealed(body)
    if value is None:
        raise EgxError("E_LEDGER_DAMAGED", f"{key} does not match its own check sum", key)
    if value.get("format") != 1:
        raise EgxError("E_LEDGER_FORMAT", f"{key} is of format {value.get('format')}", key)
    return value


def unsealed(body: bytes | None) -> dict | None:
    """Read a line of JSON that ends in its own check sum; None when it does not match."""
    try:
        text = (body or b"").decode()
        value = json.loads(text)
    except ValueError:
        return None
    content = text[: max(0, text.rfind(CHECK))]
    matches = isinstance(value, dict) and value.get("check") == _sha256(content)
    return value if matches else None


def sealed(value: dict) -> bytes:
    """Write a value as one line of JSON that ends in its own check sum."""
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":"))[:-1]
    return f'{content}{CHECK}{_sha256(content)}"}}\n'.encode()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
