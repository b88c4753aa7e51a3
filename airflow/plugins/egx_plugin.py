"""Tells Airflow of the exchange's timetable; all else is imported by the DAGs themselves."""

from typing import ClassVar

from airflow.plugins_manager import AirflowPlugin

from egx_airflow.timetable import EgxTimetable


class EgxPlugin(AirflowPlugin):
    """What the package `egx_airflow` adds to Airflow."""

    name = "egx"
    timetables: ClassVar = [EgxTimetable]
