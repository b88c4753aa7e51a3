-- The exchange's sectors, those that only silver names, and one for companies of none.
with named as (
    select sector from {{ ref('sectors') }}
    union
    select sector from {{ ref('dim_company') }}
    union
    select 'Unknown' as sector
),

companies as (
    select
        sector,
        cast(count(*) as int) as companies
    from {{ ref('dim_company') }}
    group by sector
)

select
    named.sector,
    sectors.sector_number,
    sectors.name_ar,
    coalesce(companies.companies, 0) as companies
from named
left join {{ ref('sectors') }} as sectors on named.sector = sectors.sector
left join companies on named.sector = companies.sector
