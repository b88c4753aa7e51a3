with days as (
    select
        date,
        is_trading_day,
        opens_at,
        closes_at,
        sum(case when is_trading_day then 1 else 0 end) over (
            order by date rows between unbounded preceding and current row
        ) as session_number,
        max(case when is_trading_day then date end) over (
            order by date rows between unbounded preceding and 1 preceding
        ) as previous_session,
        min(case when is_trading_day then date end) over (
            order by date rows between 1 following and unbounded following
        ) as next_session,
        {{ weekday_number('date') }} as weekday
    from {{ ref('stg_sessions') }}
)

select
    date,
    is_trading_day,
    opens_at,
    closes_at,
    {{ minutes_between('opens_at', 'closes_at') }} as session_minutes,
    cast(session_number as int) as session_number,
    previous_session,
    next_session,
    cast(extract(year from date) as int) as year,
    cast(extract(quarter from date) as int) as quarter,
    cast(extract(month from date) as int) as month,
    cast(extract(day from date) as int) as day,
    cast(weekday as int) as weekday,
    case weekday
        when 1 then 'Monday'
        when 2 then 'Tuesday'
        when 3 then 'Wednesday'
        when 4 then 'Thursday'
        when 5 then 'Friday'
        when 6 then 'Saturday'
        else 'Sunday'
    end as weekday_name,
    is_trading_day and (
        next_session is null
        or extract(month from next_session) <> extract(month from date)
        or extract(year from next_session) <> extract(year from date)
    ) as is_last_session_of_month
from days
