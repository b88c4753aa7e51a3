with bars as (
    select
        indices.index_name,
        bars.date,
        bars.open,
        bars.high,
        bars.low,
        bars.close,
        lag(bars.date) over by_index as previous_date,
        lag(bars.close) over by_index as previous_close
    from {{ ref('stg_daily_bars') }} as bars
    inner join {{ ref('dim_index') }} as indices on bars.symbol = indices.symbol
    window by_index as (partition by indices.index_name order by bars.date)
),

year_ends as (
    select
        index_name,
        extract(year from date) as year,
        {{ last_by('close', 'date') }} as close
    from bars
    group by index_name, extract(year from date)
),

-- Members are those of the list that held on the day.
members as (
    select
        index_name,
        symbol,
        valid_from,
        valid_to
    from {{ ref('stg_index_members') }}
),

listed as (
    select
        lists.index_name,
        days.date,
        cast(count(*) as int) as members
    from {{ ref('dim_date') }} as days
    inner join members as lists
        on
            days.date >= lists.valid_from
            and (lists.valid_to is null or days.date < lists.valid_to)
    where days.is_trading_day
    group by lists.index_name, days.date
),

traded as (
    select
        members.index_name,
        prices.date,
        cast(count(*) as int) as members_traded,
        cast(sum(case when prices.simple_return > 0 then 1 else 0 end) as int) as advancers,
        cast(sum(case when prices.simple_return < 0 then 1 else 0 end) as int) as decliners,
        cast(sum(case when prices.simple_return = 0 then 1 else 0 end) as int) as unchanged,
        avg(
            case when prices.sessions_since_previous <= {{ var('move_sessions') }} then prices.simple_return end
        ) as members_return,
        sum(prices.turnover) as members_turnover
    from members
    inner join {{ ref('fct_daily_prices') }} as prices
        on
            members.symbol = prices.symbol
            and prices.date >= members.valid_from
            and (members.valid_to is null or prices.date < members.valid_to)
    group by members.index_name, prices.date
),

days as (
    select index_name, date from bars
    union
    select index_name, date from traded
)

select
    days.index_name,
    days.date,
    bars.open,
    bars.high,
    bars.low,
    bars.close,
    bars.previous_date,
    bars.previous_close,
    bars.close / bars.previous_close - 1 as simple_return,
    ln(bars.close / bars.previous_close) as log_return,
    bars.close / year_ends.close - 1 as return_this_year,
    listed.members,
    traded.members_traded,
    traded.advancers,
    traded.decliners,
    traded.unchanged,
    traded.members_return,
    traded.members_turnover
from days
left join bars on days.index_name = bars.index_name and days.date = bars.date
left join year_ends
    on days.index_name = year_ends.index_name and extract(year from days.date) - 1 = year_ends.year
left join listed on days.index_name = listed.index_name and days.date = listed.date
left join traded on days.index_name = traded.index_name and days.date = traded.date
