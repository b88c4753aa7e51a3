-- Symbols that have bars of any length.
select
    symbol,
    exchange,
    name_en,
    name_ar,
    isin,
    sector,
    industry,
    currency,
    listed_date,
    listed_shares,
    first_date,
    last_date,
    bars
from {{ source('silver', 'symbols') }}
where exchange = '{{ var("exchange") }}'
