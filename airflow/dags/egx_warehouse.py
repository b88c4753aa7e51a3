"""Whenever silver has news between the closes: the marts again."""

from airflow.sdk import DAG

from egx_airflow.defaults import SILVER, WAREHOUSE, WAREHOUSE_POOL, dag_arguments
from egx_airflow.operators import DbtOperator

with DAG("egx_warehouse", schedule=[SILVER], **dag_arguments("warehouse"), doc_md=__doc__):
    DbtOperator(task_id="marts", argv=["build"], pool=WAREHOUSE_POOL, outlets=[WAREHOUSE])
