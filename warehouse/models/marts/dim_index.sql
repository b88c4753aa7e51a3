with lists as (
    select
        index_name,
        min(valid_from) as members_known_from,
        cast(sum(case when valid_to is null then 1 else 0 end) as int) as members
    from {{ ref('stg_index_members') }}
    group by index_name
),

bars as (
    select
        symbol,
        min(date) as first_date,
        max(date) as last_date
    from {{ ref('stg_daily_bars') }}
    group by symbol
)

select
    indices.index_name,
    indices.symbol,
    indices.name_en,
    indices.name_ar,
    coalesce(lists.members, 0) as members,
    lists.members_known_from,
    bars.first_date,
    bars.last_date
from {{ ref('indices') }} as indices
left join lists on indices.index_name = lists.index_name
left join bars on indices.symbol = bars.symbol
