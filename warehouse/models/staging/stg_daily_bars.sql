-- Daily bars of the warehouse's exchange, as silver has them.
select
    symbol,
    date,
    open,
    high,
    low,
    close,
    volume,
    final as is_final,
    source,
    currency,
    adjusted,
    {{ list_length('suspect') }} as suspect_rules,
    ingestion_timestamp as received_at
from {{ source('silver', 'bars_1d') }}
where exchange = '{{ var("exchange") }}'
