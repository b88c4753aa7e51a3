"""Before the month's first session: the feed's symbols, what has changed, the members of indices."""

from airflow.sdk import DAG

from egx_airflow.defaults import FEED_POOL, dag_arguments
from egx_airflow.operators import EgxOperator
from egx_airflow.timetable import EgxTimetable

with DAG("egx_monthly", schedule=EgxTimetable("monthly"), **dag_arguments("monthly"), doc_md=__doc__):
    universe = EgxOperator(task_id="universe", argv=["symbols", "--refresh", "--changes"], pool=FEED_POOL)
    indices = [
        EgxOperator(task_id=index, argv=["symbols", "--index", index])
        for index in ("egx30", "egx70", "egx100")
    ]
    universe >> indices
