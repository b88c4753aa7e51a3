-- What is certified of each symbol's daily bar; without rows until `egx quality` has run.
select
    symbol,
    date,
    state,
    expectation,
    expected,
    stored
from {{ source('silver', 'certificates_1d') }}
where exchange = '{{ var("exchange") }}'
