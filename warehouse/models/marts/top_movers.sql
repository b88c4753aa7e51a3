with moves as (
    select
        date,
        case when simple_return > 0 then 'gainers' else 'losers' end as direction,
        symbol,
        close,
        previous_close,
        simple_return,
        volume,
        turnover
    from {{ ref('fct_daily_prices') }}
    where
        sessions_since_previous <= {{ var('move_sessions') }}
        and simple_return <> 0
),

ranked as (
    select
        *,
        cast(
            row_number() over (
                partition by date, direction
                order by abs(simple_return) desc, coalesce(turnover, 0) desc, symbol asc
            ) as int
        ) as place
    from moves
)

select
    ranked.date,
    ranked.direction,
    ranked.place,
    ranked.symbol,
    companies.name_en,
    companies.sector,
    ranked.close,
    ranked.previous_close,
    ranked.simple_return,
    ranked.volume,
    ranked.turnover
from ranked
inner join {{ ref('dim_company') }} as companies on ranked.symbol = companies.symbol
where ranked.place <= {{ var('places') }}
