{#-
  How a fact is kept up: whole partitions are replaced, on every engine. DuckDB deletes the rows of the
  partitions that came anew and inserts these, in one transaction; Spark overwrites their folders.
  `held` is a query of the partitions that silver has bars of: one that it has no more is removed, since
  nothing comes anew that would replace it.
-#}
{% macro replace_partitions(column, held) %}
  {% set gone = "{% set held %}" ~ held ~ "{% endset %}{{ remove_partitions('" ~ column ~ "', held) }}" %}
  {% if target.type == 'spark' %}
    {{ config(
      materialized='incremental', incremental_strategy='insert_overwrite', file_format='parquet',
      partition_by=[column], on_schema_change='fail', post_hook=gone,
    ) }}
  {% else %}
    {{ config(
      materialized='incremental', incremental_strategy='delete+insert', unique_key=column,
      on_schema_change='fail', post_hook=gone,
    ) }}
  {% endif %}
{% endmacro %}

{#- Removes a fact's partitions that are not held. -#}
{% macro remove_partitions(column, held) %}
  {{- adapter.dispatch('remove_partitions', 'egx')(column, held) -}}
{% endmacro %}

{% macro default__remove_partitions(column, held) %}
  delete from {{ this }} where {{ column }} not in ({{ held }})
{% endmacro %}

{#- Spark has no DELETE of files as they are; a partition is overwritten with nothing. -#}
{% macro spark__remove_partitions(column, held) %}
  {% if execute %}
    {% set gone = run_query('select distinct ' ~ column ~ ' from ' ~ this ~ ' where ' ~ column ~ ' not in (' ~ held ~ ')') %}
    {% set others = adapter.get_columns_in_relation(this) | rejectattr('name', 'equalto', column) | list %}
    {% set nothing = 'select ' ~ (['null'] * (others | length)) | join(', ') ~ ' where false' %}
    {% for row in gone.rows %}
      {% set partition = 'partition (' ~ column ~ ' = ' ~ row[0] ~ ')' %}
      {% do run_query('insert overwrite table ' ~ this ~ ' ' ~ partition ~ ' ' ~ nothing) %}
    {% endfor %}
  {% endif %}
{% endmacro %}

{#-
  The partitions of which `bars`, a CTE, has other rows than the fact was made of: a query. `inputs` are
  the columns that a row is made of.
-#}
{% macro changed_partitions(column, inputs) %}
  {%- set counted = column ~ ', count(*) as counted, ' ~ rows_digest(inputs) ~ ' as digest' -%}
select coalesce(fresh.{{ column }}, kept.{{ column }}) as {{ column }}
    from (select {{ counted }} from bars group by {{ column }}) as fresh
    full outer join (select {{ counted }} from {{ this }} group by {{ column }}) as kept
        on fresh.{{ column }} = kept.{{ column }}
    where
        fresh.counted is distinct from kept.counted
        or fresh.digest is distinct from kept.digest
{%- endmacro %}
