{{ replace_partitions('month', held="
    select extract(year from date) * 100 + extract(month from date) from {{ ref('stg_intraday_bars') }}
") }}

{% set inputs = [
    'symbol', 'bar_length', 'starts_at', 'date', 'open', 'high', 'low', 'close', 'volume', 'is_final',
    'source', 'currency', 'adjusted', 'suspect_rules', 'received_at', 'minute_of_session',
] %}

with bars as (
    select
        bars.symbol,
        bars.bar_length,
        bars.bar_minutes,
        bars.starts_at,
        bars.date,
        bars.open,
        bars.high,
        bars.low,
        bars.close,
        bars.volume,
        bars.is_final,
        bars.source,
        bars.currency,
        bars.adjusted,
        bars.suspect_rules,
        bars.received_at,
        {{ minutes_between('days.opens_at', 'bars.starts_at') }} as minute_of_session,
        cast(extract(year from bars.date) * 100 + extract(month from bars.date) as int) as month
    from {{ ref('stg_intraday_bars') }} as bars
    left join {{ ref('dim_date') }} as days on bars.date = days.date
),

{%- if is_incremental() %}
-- A row hangs on bars of its own session alone, so a month comes anew for itself.
changed as (
    {{ changed_partitions('month', inputs) }}
),
{%- endif %}

taken as (
    select
        *,
        coalesce(high, close) as known_high,
        coalesce(low, close) as known_low,
        (coalesce(high, close) + coalesce(low, close) + close) / 3 * volume as traded
    from bars
    {%- if is_incremental() %}
    where month in (select month from changed)
    {%- endif %}
),

so_far as (
    select
        *,
        cast(row_number() over in_order as int) as bar_number,
        lag(close) over in_order as previous_close,
        first_value(coalesce(open, close)) over up_to_here as session_open,
        max(known_high) over up_to_here as session_high,
        min(known_low) over up_to_here as session_low,
        sum(volume) over up_to_here as session_volume,
        sum(traded) over up_to_here as session_traded
    from taken
    window
        in_order as (partition by symbol, bar_length, date order by starts_at),
        up_to_here as (
            partition by symbol, bar_length, date
            order by starts_at rows between unbounded preceding and current row
        )
)

select
    symbol,
    bar_length,
    bar_minutes,
    starts_at,
    date,
    open,
    high,
    low,
    close,
    volume,
    is_final,
    source,
    currency,
    adjusted,
    suspect_rules,
    received_at,
    minute_of_session,
    bar_number,
    close / previous_close - 1 as simple_return,
    close / session_open - 1 as return_from_open,
    close * volume as turnover,
    session_open,
    session_high,
    session_low,
    session_volume,
    case when session_volume > 0 then session_traded / session_volume end as vwap,
    month
from so_far
