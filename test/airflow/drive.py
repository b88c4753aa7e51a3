"""Does in one process what takes Airflow's command line a process each; see test/support/airflow.ts.

Reads one document from standard input, {"answer": file, "inspect": jobs, "runsFile": file,
"runs": [{dag, date, conf, env}]},
and writes its answer to the file: standard output belongs to the logs.
"""

import json
import os
import sys
import time
import warnings
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pendulum
from airflow.cli import cli_parser
from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DataInterval, TimeRestriction
from egx_airflow import runs
from egx_airflow.operators import DbtOperator, EgxOperator

FIRST = pendulum.datetime(2024, 1, 1, tz="Africa/Cairo")
LAST = pendulum.datetime(2026, 12, 31, 23, 59, tz="Africa/Cairo")
MANUAL = ["2025-11-24T00:00:00+02:00", "2025-11-24T12:30:00+02:00", "2025-11-21T12:00:00+02:00"]


ENDS = {
    "done": (EgxOperator, 0, ""),
    "partly": (EgxOperator, 3, ""),
    "failed": (EgxOperator, 1, ""),
    "damaged": (EgxOperator, 1, '{"ok": false}'),
    "usage": (EgxOperator, 64, ""),
    "set-up": (EgxOperator, 78, ""),
    "killed": (EgxOperator, -9, ""),
    "dbt failed": (DbtOperator, 1, ""),
    "dbt usage": (DbtOperator, 2, ""),
}


def inspect(jobs: list[str], runs_file: str) -> dict:
    """Import the DAGs, serialize them, and step through their timetables."""
    folder = conf.get("core", "dags_folder")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        bag = DagBag(dag_folder=folder)
    ours = str(Path(folder).parent)
    serialized = {
        name: DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
        for name, dag in bag.dags.items()
    }
    return {
        "errors": {str(path): text for path, text in bag.import_errors.items()},
        "warnings": [f"{w.filename}: {w.message}" for w in caught if w.filename.startswith(ours)],
        "dags": {
            name: {
                "summary": dag.timetable.summary,
                "description": dag.timetable.description,
                "tasks": {task.task_id: task.pool for task in dag.tasks},
            }
            for name, dag in serialized.items()
        },
        "timetables": {job: stepped(serialized[f"egx_{job}"].timetable) for job in jobs},
        "judged": {name: judged(*end) for name, end in ENDS.items()},
        "told": judged(EgxOperator, 1, '{"ok": false}', tells_damage=True),
        "fromFile": from_file(jobs, runs_file),
    }


def judged(operator: type, code: int, out: str, **arguments) -> str:
    """What becomes of a task whose command ends so."""
    run = SimpleNamespace(logical_date=None)
    task = SimpleNamespace(dag_id="dag", task_id="task", run_id="run", try_number=1)
    try:
        operator(task_id="task", argv=["command"], **arguments).judge(code, out, {"ti": task, "dag_run": run})
    except AirflowFailException:
        return "failed at once"
    except AirflowException:
        return "tried again"
    return "success"


def from_file(jobs: list[str], runs_file: str) -> bool:
    """Whether a file gives the runs that the command gave, without the command."""
    asked = {job: runs.runs_of(job) for job in jobs}
    runs.forget()
    with patch.dict(os.environ, {"EGX_RUNS_FILE": runs_file, "EGX_COMMAND": "false"}):
        return all(runs.runs_of(job) == asked[job] for job in jobs)


def stepped(timetable) -> dict:
    """All runs of three years as the scheduler gets them, one from the other."""
    restriction = TimeRestriction(earliest=FIRST, latest=LAST, catchup=True)
    found = []
    last = None
    while info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction):
        last = info.data_interval
        found.append([stamp(last.start), stamp(last.end), stamp(info.run_after)])
    newest = timetable.next_dagrun_info(
        last_automated_data_interval=DataInterval(*(pendulum.parse(each) for each in found[0][:2])),
        restriction=TimeRestriction(earliest=FIRST, latest=None, catchup=False),
    )
    following = timetable.next_dagrun_info(
        last_automated_data_interval=newest.data_interval,
        restriction=TimeRestriction(earliest=FIRST, latest=None, catchup=False),
    )
    return {
        "runs": found,
        "missed": stamp(newest.run_after),
        "next": stamp(following.run_after),
        "manual": [
            stamp(timetable.infer_manual_data_interval(run_after=pendulum.parse(each)).start)
            for each in MANUAL
        ],
    }


def stamp(time: pendulum.DateTime) -> str:
    """An instant as JavaScript writes it."""
    return time.in_timezone("UTC").strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_dag(asked: dict) -> dict:
    """What `airflow dags test DAG DATE` does."""
    began = time.monotonic()
    arguments = ["dags", "test", asked["dag"], asked["date"]]
    if "conf" in asked:
        arguments += ["--conf", json.dumps(asked["conf"])]
    os.environ.update(asked.get("env", {}))
    parsed = cli_parser.get_parser().parse_args(arguments)
    try:
        parsed.func(parsed)
        failure = None
    except SystemExit as error:
        failure = str(error)
    return {"dag": asked["dag"], "failure": failure, "seconds": time.monotonic() - began}


asked = json.load(sys.stdin)
answer = {
    "inspected": inspect(asked["inspect"], asked["runsFile"]) if asked["inspect"] else None,
    "runs": [test_dag(each) for each in asked["runs"]],
}
Path(asked["answer"]).write_text(json.dumps(answer), encoding="utf-8")
