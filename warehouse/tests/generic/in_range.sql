{#- Values within min and max; with `strict` these two are outside. Nulls pass, NaN fails. -#}
{% test in_range(model, column_name, min=none, max=none, strict=false) %}
select {{ column_name }}
from {{ model }}
where
    isnan(cast({{ column_name }} as double))
    {%- if min is not none %}
    or {{ column_name }} {{ '<=' if strict else '<' }} {{ min }}
    {%- endif %}
    {%- if max is not none %}
    or {{ column_name }} {{ '>=' if strict else '>' }} {{ max }}
    {%- endif %}
{% endtest %}
