"""During the session, after each whole hour: poll the feed, store, build silver, look at quality."""

from airflow.sdk import DAG

from egx_airflow import settings
from egx_airflow.defaults import DATE, FEED_POOL, LAKE_POOL, SILVER, dag_arguments
from egx_airflow.operators import EgxOperator
from egx_airflow.timetable import EgxTimetable

interval = settings.intraday_interval()
day = ["--from", DATE, "--to", DATE]

with DAG("egx_intraday", schedule=EgxTimetable("intraday"), **dag_arguments("intraday"), doc_md=__doc__):
    poll = EgxOperator(
        task_id="poll",
        argv=["producer", "--once", "--interval", interval, *day],
        pool=FEED_POOL,
    )
    store = EgxOperator(task_id="store", argv=["consumer", "--once"])
    silver = EgxOperator(task_id="silver", argv=["silver"], pool=LAKE_POOL, outlets=[SILVER])
    quality = EgxOperator(
        task_id="quality",
        argv=["quality", "--interval", interval, *day],
        tells_damage=True,
    )
    poll >> store >> silver >> quality
