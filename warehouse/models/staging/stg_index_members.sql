-- Members of the indices with the days on which a list held; valid_to is exclusive, null is open.
select
    index_name,
    symbol,
    valid_from,
    valid_to
from {{ ref('index_members') }}
