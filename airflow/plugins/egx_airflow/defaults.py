"""What all DAGs share: defaults of tasks, pools, assets, parameters, the date of a run."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
from airflow.sdk import Asset, DeadlineAlert, DeadlineReference, Param, SyncCallback

from egx_airflow import settings
from egx_airflow.alerts import alert_deadline, alert_failure

FEED_POOL = "egx_feed"
"""One slot: whoever asks the feed, asks alone."""
LAKE_POOL = "egx_lake"
"""One slot: one writer of silver a lake."""
WAREHOUSE_POOL = "egx_warehouse"
"""One slot: one dbt at a time."""

SILVER = Asset("egx_silver")
"""Silver has news."""
WAREHOUSE = Asset("egx_warehouse")
"""The marts are as new as silver."""

DATE = "{{ session_date(params, dag_run) }}"
"""The Cairo date that a run is about, in templates."""


def days_before(days: int) -> str:
    """A template: so many days before the date that a run is about."""
    return "{{ session_date(params, dag_run, " + str(days) + ") }}"


def session_date(params: Any, dag_run: Any, days: int = 0) -> str:
    """The date that was asked for, else that of the run's data interval, in Cairo."""
    given = params.get("date")
    at: datetime = dag_run.data_interval_end or dag_run.run_after
    found = date.fromisoformat(given) if given else at.astimezone(ZoneInfo("Africa/Cairo")).date()
    return (found - timedelta(days=days)).isoformat()


def deadline() -> DeadlineAlert | None:
    """The deadline of every run, told at the webhook."""
    seconds = settings.deadline_seconds()
    if seconds == 0:
        return None
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(seconds=seconds),
        callback=SyncCallback(alert_deadline),
    )


def dag_arguments(job: str) -> dict[str, Any]:
    """The arguments of a DAG that does one of `egx`'s jobs."""
    return {
        "start_date": pendulum.datetime(2024, 1, 1, tz="Africa/Cairo"),
        "catchup": False,
        "max_active_runs": 1,
        "tags": ["egx", job],
        "params": {
            "date": Param(
                None,
                type=["null", "string"],
                format="date",
                description="Do it for this trading date in Cairo, whenever it is run.",
            ),
        },
        "user_defined_macros": {"session_date": session_date},
        "deadline": deadline(),
        "default_args": {
            "owner": "egx",
            "retries": settings.retries(),
            "retry_delay": timedelta(seconds=settings.retry_seconds()),
            "retry_exponential_backoff": 2,
            "max_retry_delay": timedelta(minutes=30),
            "execution_timeout": timedelta(hours=1),
            "on_failure_callback": [alert_failure],
        },
    }
