with market as (
    select
        max(date) as as_of_date,
        max(session_number) as session_number
    from {{ ref('fct_daily_prices') }}
),

newest as (
    select
        *,
        row_number() over (partition by symbol order by date desc) as age
    from {{ ref('fct_daily_prices') }}
)

select
    newest.symbol,
    market.as_of_date,
    companies.name_en,
    companies.name_ar,
    companies.sector,
    newest.date as last_date,
    market.session_number - newest.session_number as sessions_behind,
    newest.close,
    newest.previous_close,
    newest.simple_return,
    newest.return_5,
    newest.return_21,
    newest.return_252,
    newest.volume,
    newest.relative_volume,
    newest.turnover,
    newest.volume / companies.listed_shares as turnover_rate,
    newest.close * companies.listed_shares as market_value,
    newest.ma_20,
    newest.ma_50,
    newest.ma_200,
    newest.volatility_20,
    newest.high_52w,
    newest.low_52w,
    newest.position_52w,
    newest.completeness,
    newest.currency,
    newest.source
from newest
inner join {{ ref('dim_company') }} as companies on newest.symbol = companies.symbol
cross join market
where newest.age = 1
