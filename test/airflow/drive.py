"""Does in one process what takes Airflow's command line a process each; see test/support/airflow.ts.

Reads one document from standard input, {"answer": file, "inspect": jobs, "runs": [{dag, date, conf, env}]},
and writes its answer to the file: standard output belongs to the logs.
"""

import json
import os
import sys
import time
import warnings
from pathlib import Path

import pendulum
from airflow.cli import cli_parser
from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DataInterval, TimeRestriction

FIRST = pendulum.datetime(2024, 1, 1, tz="Africa/Cairo")
LAST = pendulum.datetime(2026, 12, 31, 23, 59, tz="Africa/Cairo")
MANUAL = ["2025-11-24T00:00:00+02:00", "2025-11-24T12:30:00+02:00", "2025-11-21T12:00:00+02:00"]


def inspect(jobs: list[str]) -> dict:
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
    }


def stepped(timetable) -> dict:
    """All runs of three years as the scheduler gets them, one from the other."""
    restriction = TimeRestriction(earliest=FIRST, latest=LAST, catchup=True)
    runs = []
    last = None
    while info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction):
        last = info.data_interval
        runs.append([stamp(last.start), stamp(last.end), stamp(info.run_after)])
    newest = timetable.next_dagrun_info(
        last_automated_data_interval=DataInterval(*(pendulum.parse(each) for each in runs[0][:2])),
        restriction=TimeRestriction(earliest=FIRST, latest=None, catchup=False),
    )
    following = timetable.next_dagrun_info(
        last_automated_data_interval=newest.data_interval,
        restriction=TimeRestriction(earliest=FIRST, latest=None, catchup=False),
    )
    return {
        "runs": runs,
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
    "inspected": inspect(asked["inspect"]) if asked["inspect"] else None,
    "runs": [test_dag(each) for each in asked["runs"]],
}
Path(asked["answer"]).write_text(json.dumps(answer), encoding="utf-8")
