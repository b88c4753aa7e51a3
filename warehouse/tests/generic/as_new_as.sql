{#- The model reaches as far as what it is made of. -#}
{% test as_new_as(model, column, source, source_column) %}
select ours.newest, theirs.newest as expected
from (select max({{ column }}) as newest from {{ model }}) as ours
cross join (select max({{ source_column }}) as newest from {{ source }}) as theirs
where ours.newest is distinct from theirs.newest
{% endtest %}
