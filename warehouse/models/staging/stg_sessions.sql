-- Every day of the years that bars cover.
select
    date,
    is_trading_day,
    open as opens_at,
    close as closes_at
from {{ source('silver', 'sessions') }}
