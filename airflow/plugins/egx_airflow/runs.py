"""When the jobs are due, as `egx calendar --runs` says; nothing about the calendar is known here."""

from __future__ import annotations

import json
import logging
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pendulum

from egx_airflow import settings

log = logging.getLogger(__name__)

JOBS = ("intraday", "daily", "weekly", "monthly")

FIRST_DATE = "2015-01-01"
MAX_AGE_SECONDS = 3600
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Run:
    """One turn of a job; all times are instants."""

    job: str
    date: str
    """The session that it belongs to, as a date in Cairo."""
    start: pendulum.DateTime
    end: pendulum.DateTime
    at: pendulum.DateTime
    """When it is due."""


_known: dict[str, tuple[float, list[Run]]] = {}


def runs_of(job: str) -> list[Run]:
    """The runs of a job in order, from 2015 to the end of next year; asked for again each hour.

    When they cannot be had anew, those of before are good enough; without any the error is raised.
    """
    loaded = _known.get(job)
    if loaded is not None and time.monotonic() - loaded[0] < MAX_AGE_SECONDS:
        return loaded[1]
    try:
        runs = [_run_of(each) for each in _documents(job)]
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        if loaded is None:
            raise
        log.warning("the calendar could not be asked; its last answer holds: %s", error)
        runs = loaded[1]
    _known[job] = (time.monotonic(), runs)
    return runs


def forget() -> None:
    """Ask anew the next time."""
    _known.clear()


def _documents(job: str) -> list[dict[str, str]]:
    file = settings.runs_file()
    if file is not None:
        document = json.loads(Path(file).read_text(encoding="utf-8"))
        return [each for each in document if each["job"] == job]
    last_date = f"{datetime.now(UTC).year + 1}-12-31"
    asked = ["calendar", "--json", "--runs", job, "--from", FIRST_DATE, "--to", last_date]
    done = subprocess.run(
        [*settings.egx_command(), *asked],
        cwd=settings.project_folder(),
        capture_output=True,
        check=False,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    if done.returncode != 0:
        raise ValueError(f"egx calendar ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def _run_of(document: dict[str, str]) -> Run:
    def instant(name: str) -> pendulum.DateTime:
        return pendulum.instance(datetime.fromisoformat(document[name])).in_timezone("UTC")

    return Run(
        job=document["job"],
        date=document["date"],
        start=instant("start"),
        end=instant("end"),
        at=instant("at"),
    )
