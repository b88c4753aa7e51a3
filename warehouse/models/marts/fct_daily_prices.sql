{{ replace_partitions('year', held="
    select extract(year from date) from {{ ref('stg_daily_bars') }}
    where symbol not in (select symbol from {{ ref('indices') }})
") }}

{#- What a row is made of: when any of it changes, the row and those after it are worked out again. -#}
{% set inputs = [
    'symbol', 'date', 'open', 'high', 'low', 'close', 'volume', 'is_final', 'source', 'currency',
    'adjusted', 'suspect_rules', 'revisions', 'received_at', 'completeness', 'session_number',
] %}

with bars as (
    select
        bars.symbol,
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
        coalesce(revisions.revisions, 0) as revisions,
        bars.received_at,
        coalesce(certificates.state, 'uncertified') as completeness,
        days.session_number,
        cast(extract(year from bars.date) as int) as year
    from {{ ref('stg_daily_bars') }} as bars
    left join {{ ref('dim_date') }} as days on bars.date = days.date
    left join {{ ref('stg_daily_revisions') }} as revisions
        on
            bars.symbol = revisions.symbol
            and bars.date = revisions.date
            and bars.source = revisions.source
            and bars.adjusted = revisions.adjusted
    left join {{ ref('stg_daily_certificates') }} as certificates
        on bars.symbol = certificates.symbol and bars.date = certificates.date
    left join {{ ref('indices') }} as indices on bars.symbol = indices.symbol
    where indices.symbol is null
),

previous as (
    select
        *,
        {{ day_number('date') }} as day_number,
        lag(date) over by_symbol as previous_date,
        lag(close) over by_symbol as previous_close,
        lag(session_number) over by_symbol as previous_session_number,
        lag(close, 5) over by_symbol as close_5,
        lag(close, 21) over by_symbol as close_21,
        lag(close, 252) over by_symbol as close_252
    from bars
    window by_symbol as (partition by symbol order by date)
),

returns as (
    select
        *,
        close / previous_close - 1 as simple_return,
        ln(close / previous_close) as log_return,
        close * volume as turnover
    from previous
),

windows as (
    select
        *,
        {%- for n in [5, 20, 50, 200] %}
        case
            when count(close) over last_{{ n }} = {{ n }} then avg(close) over last_{{ n }}
        end as ma_{{ n }},
        {%- endfor %}
        case
            when count(log_return) over last_20 = 20 then stddev_samp(log_return) over last_20
        end as volatility_20,
        avg(volume) over before_20 as volume_before_20,
        max(coalesce(high, close)) over last_52w as high_52w,
        min(coalesce(low, close)) over last_52w as low_52w
    from returns
    window
        {%- for n in [5, 20, 50, 200] %}
        last_{{ n }} as (
            partition by symbol order by date rows between {{ n - 1 }} preceding and current row
        ),
        {%- endfor %}
        before_20 as (
            partition by symbol order by date rows between 20 preceding and 1 preceding
        ),
        last_52w as (
            partition by symbol order by day_number range between 363 preceding and current row
        )
)

{%- if is_incremental() %},

-- A bar tells on all later ones of its symbol, so all years from the first changed one come anew.
changed as (
    {{ changed_partitions('year', inputs) }}
)
{%- endif %}

select
    symbol,
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
    revisions,
    received_at,
    completeness,
    completeness = 'complete' as is_complete,
    session_number,
    previous_date,
    previous_close,
    session_number - previous_session_number as sessions_since_previous,
    simple_return,
    log_return,
    open / previous_close - 1 as gap,
    close / open - 1 as return_from_open,
    close / close_5 - 1 as return_5,
    close / close_21 - 1 as return_21,
    close / close_252 - 1 as return_252,
    turnover,
    case when volume_before_20 > 0 then volume / volume_before_20 end as relative_volume,
    ma_5,
    ma_20,
    ma_50,
    ma_200,
    volatility_20,
    high_52w,
    low_52w,
    case when high_52w > low_52w then (close - low_52w) / (high_52w - low_52w) end as position_52w,
    year
from windows
{%- if is_incremental() %}
where year >= (select min(year) from changed)
{%- endif %}
