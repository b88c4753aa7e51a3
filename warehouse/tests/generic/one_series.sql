{#- A symbol's bars are of one source and one adjustment: silver never mixes them. -#}
{% test one_series(model) %}
select symbol
from {{ model }}
group by symbol
having count(distinct source) > 1 or count(distinct adjusted) > 1
{% endtest %}
