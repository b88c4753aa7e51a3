{#-
  How a fact is kept up: whole partitions are replaced, on every engine. DuckDB deletes the rows of the
  partitions that came anew and inserts these, in one transaction; Spark overwrites their folders.
-#}
{% macro replace_partitions(column) %}
  {% if target.type == 'spark' %}
    {{ config(
      materialized='incremental', incremental_strategy='insert_overwrite', file_format='parquet',
      partition_by=[column], on_schema_change='fail',
    ) }}
  {% else %}
    {{ config(
      materialized='incremental', incremental_strategy='delete+insert', unique_key=column,
      on_schema_change='fail',
    ) }}
  {% endif %}
{% endmacro %}
