with bars as (
    select
        symbol,
        min(date) as first_date,
        max(date) as last_date,
        cast(count(*) as bigint) as daily_bars
    from {{ ref('stg_daily_bars') }}
    group by symbol
),

certified as (
    select
        symbol,
        cast(count(*) as bigint) as certified_sessions,
        cast(sum(case when state = 'complete' then 1 else 0 end) as bigint) as complete_sessions
    from {{ ref('stg_daily_certificates') }}
    group by symbol
),

market as (
    select max(date) as newest_date
    from {{ ref('stg_daily_bars') }}
)

select
    symbols.symbol,
    symbols.exchange,
    symbols.name_en,
    symbols.name_ar,
    symbols.isin,
    coalesce(symbols.sector, 'Unknown') as sector,
    symbols.industry,
    symbols.currency,
    symbols.listed_date,
    symbols.listed_shares,
    bars.first_date,
    bars.last_date,
    coalesce(bars.daily_bars, 0) as daily_bars,
    coalesce(last_day.session_number >= newest_day.session_number - 60, false) as is_active,
    coalesce(certified.certified_sessions, 0) as certified_sessions,
    coalesce(certified.complete_sessions, 0) as complete_sessions
from {{ ref('stg_symbols') }} as symbols
left join bars on symbols.symbol = bars.symbol
left join certified on symbols.symbol = certified.symbol
left join {{ ref('indices') }} as indices on symbols.symbol = indices.symbol
cross join market
left join {{ ref('dim_date') }} as last_day on bars.last_date = last_day.date
left join {{ ref('dim_date') }} as newest_day on market.newest_date = newest_day.date
where indices.symbol is null
