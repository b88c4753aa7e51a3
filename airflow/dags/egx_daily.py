"""After the close: final bars, corrections, silver, certificates (healed), marts."""

from airflow.sdk import DAG

from egx_airflow import settings
from egx_airflow.defaults import (
    DATE,
    FEED_POOL,
    LAKE_POOL,
    WAREHOUSE,
    WAREHOUSE_POOL,
    dag_arguments,
    days_before,
)
from egx_airflow.operators import DbtOperator, EgxOperator
from egx_airflow.timetable import EgxTimetable

interval = settings.intraday_interval()
week = ["--from", days_before(7), "--to", DATE]

with DAG("egx_daily", schedule=EgxTimetable("daily"), **dag_arguments("daily"), doc_md=__doc__):
    final_bars = EgxOperator(
        task_id="final_bars",
        argv=["producer", "--once", "--interval", interval, "--from", DATE, "--to", DATE],
        pool=FEED_POOL,
    )
    corrections = EgxOperator(
        task_id="corrections",
        argv=["producer", "--once", "--interval", "1d", *week],
        pool=FEED_POOL,
    )
    store = EgxOperator(task_id="store", argv=["consumer", "--once"])
    silver = EgxOperator(task_id="silver", argv=["silver"], pool=LAKE_POOL)
    certify = EgxOperator(
        task_id="certify",
        argv=["quality", "--heal", "--interval", "1d", *week],
        pool=LAKE_POOL,
        tells_damage=True,
    )
    marts = DbtOperator(task_id="marts", argv=["build"], pool=WAREHOUSE_POOL, outlets=[WAREHOUSE])
    final_bars >> corrections >> store >> silver >> certify >> marts
