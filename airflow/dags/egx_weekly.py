"""After the week's last session: the last month's daily bars again, and the lake held to its ledger."""

from airflow.sdk import DAG

from egx_airflow.defaults import DATE, FEED_POOL, LAKE_POOL, SILVER, dag_arguments, days_before
from egx_airflow.operators import EgxOperator
from egx_airflow.timetable import EgxTimetable

with DAG("egx_weekly", schedule=EgxTimetable("weekly"), **dag_arguments("weekly"), doc_md=__doc__):
    backfill = EgxOperator(
        task_id="backfill",
        argv=["backfill", "--interval", "1d", "--from", days_before(30), "--to", DATE],
        pool=FEED_POOL,
    )
    silver = EgxOperator(task_id="silver", argv=["silver"], pool=LAKE_POOL, outlets=[SILVER])
    verify = EgxOperator(task_id="verify", argv=["verify"])
    backfill >> silver >> verify
