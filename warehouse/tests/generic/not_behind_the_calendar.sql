{#-
  The newest bar is at most so many sessions older than the last one that had ended when it was
  received. Only with the variable max_sessions_behind: history that was imported is older.
-#}
{% test not_behind_the_calendar(model) %}
{% set allowed = var('max_sessions_behind') %}
{% if allowed is none %}
{{ config(enabled=false) }}
{% endif %}
with newest as (
    select max(date) as date from {{ model }}
),

ended as (
    select max(session_number) as session_number
    from {{ ref('dim_date') }}
    where is_trading_day and closes_at < current_timestamp
)

select newest.date, days.session_number, ended.session_number as last_ended
from newest
cross join ended
left join {{ ref('dim_date') }} as days on newest.date = days.date
where days.session_number is null or ended.session_number - days.session_number > {{ allowed }}
{% endtest %}
