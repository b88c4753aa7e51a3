with measured as (
    select date, 'turnover' as measure, symbol, turnover as amount, relative_volume, simple_return
    from {{ ref('fct_daily_prices') }}
    where turnover > 0
    union all
    select date, 'volume' as measure, symbol, volume as amount, relative_volume, simple_return
    from {{ ref('fct_daily_prices') }}
    where volume > 0
),

ranked as (
    select
        *,
        cast(
            row_number() over (partition by date, measure order by amount desc, symbol asc) as int
        ) as place,
        amount / sum(amount) over (partition by date, measure) as share_of_market
    from measured
)

select
    ranked.date,
    ranked.measure,
    ranked.place,
    ranked.symbol,
    companies.name_en,
    companies.sector,
    ranked.amount,
    ranked.share_of_market,
    ranked.relative_volume,
    ranked.simple_return
from ranked
inner join {{ ref('dim_company') }} as companies on ranked.symbol = companies.symbol
where ranked.place <= {{ var('places') }}
