{#- What DuckDB and Spark write differently. -#}

{#- A type as the engine spells it; types are declared as DuckDB spells them. -#}
{% macro engine_type(type) %}{{ return(adapter.dispatch('engine_type', 'egx')(type)) }}{% endmacro %}

{% macro default__engine_type(type) %}{{ return(type) }}{% endmacro %}

{% macro spark__engine_type(type) %}
  {% set spelt = {
    'varchar': 'string', 'varchar[]': 'array<string>', 'timestamptz': 'timestamp', 'integer': 'int',
  } %}
  {{ return(spelt.get(type, type)) }}
{% endmacro %}

{#- Days since 1970-01-01, so that a window can range over dates. -#}
{% macro day_number(date) %}{{ adapter.dispatch('day_number', 'egx')(date) }}{% endmacro %}
{% macro default__day_number(date) %}date_diff('day', date '1970-01-01', {{ date }}){% endmacro %}
{% macro spark__day_number(date) %}datediff({{ date }}, date '1970-01-01'){% endmacro %}

{#- Monday is 1, Sunday is 7. -#}
{% macro weekday_number(date) %}{{ adapter.dispatch('weekday_number', 'egx')(date) }}{% endmacro %}
{% macro default__weekday_number(date) %}isodow({{ date }}){% endmacro %}
{% macro spark__weekday_number(date) %}(weekday({{ date }}) + 1){% endmacro %}

{#- Minutes from one instant to a later one, fractions dropped. -#}
{% macro minutes_between(first, last) %}{{ adapter.dispatch('minutes_between', 'egx')(first, last) }}{% endmacro %}
{% macro default__minutes_between(first, last) %}cast(floor(epoch({{ last }} - {{ first }}) / 60) as integer){% endmacro %}
{% macro spark__minutes_between(first, last) %}cast(floor((unix_seconds({{ last }}) - unix_seconds({{ first }})) / 60) as int){% endmacro %}

{#- How many values a list has; 0 for null. -#}
{% macro list_length(list) %}{{ adapter.dispatch('list_length', 'egx')(list) }}{% endmacro %}
{% macro default__list_length(list) %}coalesce(cast(len({{ list }}) as integer), 0){% endmacro %}
{% macro spark__list_length(list) %}coalesce(size({{ list }}), 0){% endmacro %}

{#- The value of a column in the row with the least, or greatest, `by`. -#}
{% macro first_by(value, by) %}{{ adapter.dispatch('first_by', 'egx')(value, by) }}{% endmacro %}
{% macro default__first_by(value, by) %}arg_min_null({{ value }}, {{ by }}){% endmacro %}
{% macro spark__first_by(value, by) %}min_by({{ value }}, {{ by }}){% endmacro %}

{% macro last_by(value, by) %}{{ adapter.dispatch('last_by', 'egx')(value, by) }}{% endmacro %}
{% macro default__last_by(value, by) %}arg_max_null({{ value }}, {{ by }}){% endmacro %}
{% macro spark__last_by(value, by) %}max_by({{ value }}, {{ by }}){% endmacro %}

{#-
  One number for all rows of a group and these columns, whatever their order: rows that differ give
  another. It is compared on one engine alone.
-#}
{% macro rows_digest(columns) %}{{ adapter.dispatch('rows_digest', 'egx')(columns) }}{% endmacro %}
{% macro default__rows_digest(columns) %}bit_xor(hash({{ columns | join(', ') }})){% endmacro %}
{% macro spark__rows_digest(columns) %}bit_xor(xxhash64(
  {%- for column in columns %}isnull({{ column }}), {{ column }}{{ ', ' if not loop.last }}{% endfor -%}
)){% endmacro %}
