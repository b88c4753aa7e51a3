{#- The first column is never greater than the second; nulls pass. -#}
{% test in_order(model, columns) %}
select *
from {{ model }}
where {{ columns[0] }} > {{ columns[1] }}
{% endtest %}
