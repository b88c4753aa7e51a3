{#- As many rows as the other model has. -#}
{% test same_count(model, to) %}
select ours.counted, theirs.counted as expected
from (select count(*) as counted from {{ model }}) as ours
cross join (select count(*) as counted from {{ to }}) as theirs
where ours.counted <> theirs.counted
{% endtest %}
