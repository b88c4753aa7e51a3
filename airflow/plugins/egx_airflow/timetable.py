"""A timetable that asks the exchange's calendar: no runs on closed days, the hours of each day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any

import pendulum
from airflow.exceptions import AirflowTimetableInvalid
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from egx_airflow.runs import JOBS, Run, runs_of

CAIRO = "Africa/Cairo"

DESCRIPTIONS = {
    "intraday": "20 minutes after each whole hour of the exchange's session",
    "daily": "20 minutes after the exchange's close",
    "weekly": "2 hours after the close of the week's last session",
    "monthly": "1 hour before the opening of the month's first session",
}


class EgxTimetable(Timetable):
    """The runs of one of `egx`'s jobs: `intraday`, `daily`, `weekly` or `monthly`.

    A run's data interval is the market time that it looks at: an hour, a session, the sessions of
    a week. Without catch-up, runs that were missed are made up for once, by the newest. A manual
    run stands for the session of the Cairo date of its logical date, or for the one before.
    """

    def __init__(self, job: str) -> None:
        """Take one of the jobs by its name; `validate` says whether it is one."""
        self.job = job
        self.description = DESCRIPTIONS.get(job, "")

    def validate(self) -> None:
        """Refuse a job that `egx calendar --runs` does not know."""
        if self.job not in JOBS:
            raise AirflowTimetableInvalid(f"{self.job!r} is no job; known: {', '.join(JOBS)}")

    @property
    def summary(self) -> str:
        """What the list of DAGs shows."""
        return f"EGX {self.job}"

    def serialize(self) -> dict[str, Any]:
        """Keep the job's name alone: the calendar's word may change, the name does not."""
        return {"job": self.job}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        """Make it again from its name."""
        return cls(data["job"])

    def next_dagrun_info(
        self,
        *,
        last_automated_data_interval: DataInterval | None,
        restriction: TimeRestriction,
    ) -> DagRunInfo | None:
        """The first run after the last one, within the restriction."""
        runs = runs_of(self.job)
        index = 0
        if last_automated_data_interval is not None:
            index = bisect_right(runs, last_automated_data_interval.start, key=_start)
        if restriction.earliest is not None:
            index = max(index, bisect_left(runs, restriction.earliest, key=_start))
        if not restriction.catchup:
            index = max(index, bisect_right(runs, pendulum.now("UTC"), key=_at) - 1)
        if index >= len(runs):
            return None
        run = runs[index]
        if restriction.latest is not None and run.start > restriction.latest:
            return None
        return DagRunInfo(run_after=run.at, data_interval=DataInterval(run.start, run.end))

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        """The run of the Cairo date, or the one before it; of several that day the last begun."""
        runs = runs_of(self.job)
        date = run_after.in_timezone(CAIRO).to_date_string()
        end = bisect_right(runs, date, key=_date)
        if end == 0:
            return DataInterval.exact(run_after)
        first = bisect_left(runs, runs[end - 1].date, key=_date)
        begun = bisect_right(runs, run_after, lo=first, hi=end, key=_start)
        run = runs[max(first, begun - 1)]
        return DataInterval(run.start, run.end)


def _start(run: Run) -> pendulum.DateTime:
    return run.start


def _at(run: Run) -> pendulum.DateTime:
    return run.at


def _date(run: Run) -> str:
    return run.date
