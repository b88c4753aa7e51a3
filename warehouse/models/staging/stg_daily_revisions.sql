-- How often each daily bar was received from a source: 1, and one more for every correction.
select
    symbol,
    date,
    source,
    adjusted,
    cast(count(*) as bigint) as revisions
from {{ source('silver', 'bar_revisions_1d') }}
where exchange = '{{ var("exchange") }}'
group by symbol, date, source, adjusted
