{#-
  A certificate that counts a bar has one, and one that counts none has none: else bars and
  certificates are not of one age, and completeness cannot be told. Run `egx quality` again.
-#}
{% test certificates_agree(model) %}
select
    certificates.symbol,
    certificates.date,
    certificates.stored
from {{ ref('stg_daily_certificates') }} as certificates
left join {{ model }} as bars
    on certificates.symbol = bars.symbol and certificates.date = bars.date
where certificates.stored <> case when bars.symbol is null then 0 else 1 end
{% endtest %}
