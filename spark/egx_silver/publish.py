"""Puts what a micro-batch made, in the order of src/silver/publish.ts: any step may be the last.

First the state that names the new objects as pending, then revisions, then bars and the rest,
then the state that names them as done. Each put is refused when another build was there first.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from egx_silver.errors import busy
from egx_silver.lake import Lake
from egx_silver.owner import check_owner
from egx_silver.stage import Prepared
from egx_silver.state import BAD_LINES_KEY, State, Stored, facts_outdated, put_state

PUTS_AT_ONCE = 4
TABLES = ("silver/bars/", "silver/bar_revisions/")


def publish(
    lake: Lake, stored: Stored, after: State, prepared: list[Prepared], *, anew: bool
) -> State:
    """Make silver what `after` says, and give the state as it is then."""
    check_owner(lake)
    before = stored.state or State()
    made = {each.key: {"sha256": each.sha256, "rows": each.rows} for each in prepared}
    present = _settled(lake, before)
    pending = {**before.pending, **made}
    version = put_state(lake, replace(before, objects=present, pending=pending), stored.version)
    _put_all(lake, (each for each in prepared if each.key.startswith("silver/bar_revisions/")))
    _put_all(lake, (each for each in prepared if not each.key.startswith("silver/bar_revisions/")))
    if anew:
        for key in _tables(lake):
            if key not in made:
                lake.delete(key)
        present = {key: facts for key, facts in present.items() if not _is_table(key)}
    done = facts_outdated(replace(after, objects={**present, **made}))
    put_state(lake, done, version)
    return done


def _put_all(lake: Lake, prepared: Iterable[Prepared]) -> None:
    def put(each: Prepared) -> None:
        if not lake.replace(each.key, each.file, each.expected):
            raise busy(each.key)

    with ThreadPoolExecutor(PUTS_AT_ONCE) as pool:
        # Taking the results throws what a put has thrown.
        list(pool.map(put, prepared))


def _settled(lake: Lake, state: State) -> dict[str, dict]:
    """Look at what a broken build was about to write: the state goes on naming what is there."""
    present = dict(state.objects)
    for key, facts in state.pending.items():
        if lake.digest(key) == facts["sha256"]:
            present[key] = facts
    return present


def _tables(lake: Lake) -> list[str]:
    found = [key for table in TABLES for key in lake.keys(table.rstrip("/"))]
    return [*found, BAD_LINES_KEY]


def _is_table(key: str) -> bool:
    return key.startswith(TABLES) or key == BAD_LINES_KEY
