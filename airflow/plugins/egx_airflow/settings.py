"""What the environment says: the same variables in every component of Airflow."""

from __future__ import annotations

import os
import shlex


def egx_command() -> list[str]:
    """How `egx` is called: `EGX_COMMAND`, split as a shell does."""
    return shlex.split(os.environ.get("EGX_COMMAND") or "egx")


def dbt_command() -> list[str]:
    """How dbt is called: `EGX_DBT_COMMAND`, the project's own command by default."""
    return shlex.split(os.environ.get("EGX_DBT_COMMAND") or "npm run dbt --")


def project_folder() -> str | None:
    """Where commands run, so that `npm run` and `./data` mean the same as at a prompt."""
    return os.environ.get("EGX_PROJECT") or None


def runs_file() -> str | None:
    """A file written by `egx calendar --runs all --json`, where `egx` itself is not at hand."""
    return os.environ.get("EGX_RUNS_FILE") or None


def intraday_interval() -> str:
    """The interval of the bars that are gathered during a session."""
    return os.environ.get("EGX_INTRADAY_INTERVAL") or "1m"


def retries() -> int:
    """How often a failed task is tried again."""
    return int(os.environ.get("EGX_RETRIES") or 4)


def retry_seconds() -> float:
    """The wait before a failed task is tried again; it doubles each time."""
    return float(os.environ.get("EGX_RETRY_SECONDS") or 60)


def deadline_seconds() -> float:
    """A run that is not done this long after it was queued is told of; 0 sets no deadline."""
    return float(os.environ.get("EGX_DEADLINE_SECONDS") or 2700)
