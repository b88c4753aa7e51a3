{#- The two returns say the same, and a return is there exactly when there is a bar before. -#}
{% test returns_agree(model) %}
select symbol, date, simple_return, log_return
from {{ model }}
where
    abs(exp(log_return) - 1 - simple_return) > 1e-9 * (1 + abs(simple_return))
    or (simple_return is null) <> (previous_date is null)
    or (log_return is null) <> (previous_date is null)
{% endtest %}
