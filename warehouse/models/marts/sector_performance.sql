with moves as (
    select
        companies.sector,
        prices.date,
        prices.symbol,
        prices.turnover,
        case
            when prices.sessions_since_previous <= {{ var('move_sessions') }} then prices.simple_return
        end as move
    from {{ ref('fct_daily_prices') }} as prices
    inner join {{ ref('dim_company') }} as companies on prices.symbol = companies.symbol
),

placed as (
    select
        *,
        row_number() over (
            partition by sector, date
            order by case when move is null then 1 else 0 end, move desc, symbol asc
        ) as from_best,
        row_number() over (
            partition by sector, date
            order by case when move is null then 1 else 0 end, move asc, symbol asc
        ) as from_worst
    from moves
),

sectors as (
    select
        sector,
        date,
        cast(count(*) as int) as companies_traded,
        cast(sum(case when move > 0 then 1 else 0 end) as int) as advancers,
        cast(sum(case when move < 0 then 1 else 0 end) as int) as decliners,
        cast(sum(case when move = 0 then 1 else 0 end) as int) as unchanged,
        avg(move) as mean_return,
        sum(move * turnover) as weighted_moves,
        sum(case when move is not null then turnover end) as weights,
        sum(turnover) as turnover,
        max(case when from_best = 1 and move is not null then symbol end) as best_symbol,
        max(case when from_best = 1 then move end) as best_return,
        max(case when from_worst = 1 and move is not null then symbol end) as worst_symbol,
        max(case when from_worst = 1 then move end) as worst_return
    from placed
    group by sector, date
)

select
    sector,
    date,
    companies_traded,
    advancers,
    decliners,
    unchanged,
    mean_return,
    case when weights > 0 then weighted_moves / weights end as turnover_weighted_return,
    turnover,
    case
        when sum(turnover) over (partition by date) > 0
            then turnover / sum(turnover) over (partition by date)
    end as share_of_turnover,
    best_symbol,
    best_return,
    worst_symbol,
    worst_return
from sectors
