{#- No two rows with the same values of all these columns. -#}
{% test unique_together(model, columns) %}
select {{ columns | join(', ') }}, count(*) as counted
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
