{#
  Makes the tables of silver known under one name on every engine: a view `silver.X` for every source
  that says where its files are (meta.files, below the lake). A table of which the lake holds nothing
  yet is a view without rows. The columns are those of the source's declaration.
#}
{% macro open_silver() %}
  {% if execute %}
    {% do adapter.dispatch('open_schema', 'egx')('silver') %}
    {% for node in graph.sources.values() if node.package_name == 'egx' and node.meta.files %}
      {% set files = lake_path(node.meta.files) %}
      {% do adapter.dispatch('open_files', 'egx')(node, files) %}
    {% endfor %}
  {% endif %}
{% endmacro %}

{% macro lake_path(below) %}
  {%- set root = env_var('EGX_LAKE', 'data/lake') -%}
  {{- return(root.rstrip('/') ~ '/' ~ below) -}}
{% endmacro %}

{% macro default__open_schema(schema) %}
  {% do run_query('create schema if not exists ' ~ schema) %}
{% endmacro %}

{#- A column of a source, of a file or as null, with its declared type. -#}
{% macro source_columns(node, empty) %}
  {%- for column in node.columns.values() -%}
    cast({{ 'null' if empty else adapter.quote(column.name) }} as {{ engine_type(column.data_type) }}) as {{ adapter.quote(column.name) }}
    {%- if not loop.last %}, {% endif -%}
  {%- endfor -%}
{% endmacro %}

{% macro default__open_files(node, files) %}
  {% set quoted = "'" ~ files.replace("'", "''") ~ "'" %}
  {% set found = run_query('select count(*) from glob(' ~ quoted ~ ')').rows[0][0] %}
  {% set view = 'create or replace view silver.' ~ node.name ~ ' as select ' %}
  {% if found == 0 %}
    {% do run_query(view ~ source_columns(node, true) ~ ' where false') %}
  {% else %}
    {% set rows = 'read_parquet(' ~ quoted ~ ', hive_partitioning = false)' %}
    {% do run_query(view ~ source_columns(node, false) ~ ' from ' ~ rows) %}
  {% endif %}
{% endmacro %}

{#- Spark cannot be asked whether a path is there; 42K03 is its answer when it is not. -#}
{% macro spark__open_files(node, files) %}
  {% set view = 'create or replace view silver.' ~ node.name ~ ' as select ' %}
  {% do run_query(
    "begin declare exit handler for sqlstate '42K03' begin "
    ~ view ~ source_columns(node, true) ~ ' where false; end; '
    ~ view ~ source_columns(node, false) ~ ' from parquet.`' ~ files ~ '`; end'
  ) %}
{% endmacro %}
