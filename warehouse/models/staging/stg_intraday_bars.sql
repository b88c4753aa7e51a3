-- Bars shorter than a day, all lengths together.
{% set lengths = {'1m': 1, '5m': 5, '15m': 15, '30m': 30, '1h': 60} %}
{% for code, minutes in lengths.items() %}
select
    symbol,
    '{{ code }}' as bar_length,
    {{ minutes }} as bar_minutes,
    date,
    datetime as starts_at,
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
from {{ source('silver', 'bars_' ~ code) }}
where exchange = '{{ var("exchange") }}'
{{ 'union all' if not loop.last }}
{% endfor %}
