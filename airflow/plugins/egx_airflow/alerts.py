"""Failures, told at a webhook: the connection `egx_alerts`, or nowhere when there is none."""

from __future__ import annotations

import json
import logging
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

log = logging.getLogger(__name__)

CONNECTION = "egx_alerts"
TIMEOUT_SECONDS = 10


def alert_failure(context: Any) -> None:
    """A task has failed for good: the callback of all tasks."""
    error = context.get("exception")
    alert(context, status="failed", text=f"failed: {error}")


def alert_deadline(**kwargs: Any) -> None:
    """A run is late: the callback of the DAGs' deadlines."""
    run = (kwargs.get("context") or {}).get("dag_run") or {}
    dag = run.get("dag_id", "") if isinstance(run, dict) else getattr(run, "dag_id", "")
    run_id = run.get("dag_run_id", "") if isinstance(run, dict) else getattr(run, "run_id", "")
    post({"status": "late", "dag": dag, "run": run_id, "text": f"{dag}: late"})


def alert(context: Any, *, status: str, text: str) -> None:
    """Tell of a task."""
    task = context["ti"]
    date = context["dag_run"].logical_date
    post(
        {
            "status": status,
            "dag": task.dag_id,
            "task": task.task_id,
            "run": task.run_id,
            "try": task.try_number,
            "logicalDate": None if date is None else date.isoformat(),
            "text": f"{task.dag_id}.{task.task_id}: {text}",
        }
    )


def post(message: dict[str, Any]) -> None:
    """Post a message as JSON. A webhook that is away is logged and changes nothing else."""
    try:
        connection = Connection.get(CONNECTION)
    except AirflowNotFoundException:
        log.info("no connection %s: nobody is told", CONNECTION)
        return
    url = connection.host or ""
    try:
        headers = {"content-type": "application/json"}
        if connection.password:
            headers["authorization"] = f"Bearer {connection.password}"
        body = json.dumps(message).encode()
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("its host must be the whole URL of the webhook")
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):
            log.info("told: %s", message["text"])
    except (OSError, ValueError) as error:
        # The path of a webhook is often its secret: the host alone is named.
        reason = getattr(error, "reason", None) or type(error).__name__
        log.error("%s (%s) could not be told: %s", CONNECTION, urlsplit(url).hostname, reason)
