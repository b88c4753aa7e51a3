{#- As many rows as the other model has, but for those of the symbols that `without` has. -#}
{% test same_count(model, to, without=none) %}
select ours.counted, theirs.counted as expected
from (select count(*) as counted from {{ model }}) as ours
cross join (
    select count(*) as counted from {{ to }}
    {%- if without is not none %}
    where symbol not in (select symbol from {{ without }})
    {%- endif %}
) as theirs
where ours.counted <> theirs.counted
{% endtest %}
