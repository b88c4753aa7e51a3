-- Revisions and bars of the partitions that a micro-batch touches. The views stand on `fresh`
-- (rows.sql), on `present` (the same partitions of bar_revisions as they are), on `revisions`
-- (what was made of both) and on `chosen` (one source for each symbol and interval).

-- Every stored record once. Those of loads have no origin; an object of a load has a bar once.
CREATE OR REPLACE TEMPORARY VIEW merged AS
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY part, log_id, log_partition, log_offset, object,
      exchange, symbol, adjusted, source, datetime ORDER BY ingestion_timestamp) AS copy
    FROM (SELECT * FROM fresh UNION ALL SELECT * FROM present)) WHERE copy = 1;

CREATE OR REPLACE TEMPORARY VIEW series AS
  SELECT part, exchange, symbol, source, adjusted,
    max_by(currency, struct(datetime, ingestion_timestamp, currency)) AS currency,
    count(DISTINCT datetime) AS bars, CAST(min(date) AS STRING) AS first,
    CAST(max(date) AS STRING) AS last
  FROM revisions GROUP BY part, exchange, symbol, source, adjusted
  ORDER BY part, exchange, symbol, source, adjusted;

-- A final revision beats a provisional one, then the newest ingestion counts, then the highest
-- log position.
CREATE OR REPLACE TEMPORARY VIEW newest AS
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY part, exchange, symbol, datetime
      ORDER BY final DESC, ingestion_timestamp DESC, log_offset DESC NULLS LAST,
        log_partition DESC NULLS LAST, log_id DESC NULLS LAST, object DESC) AS place
    FROM revisions LEFT SEMI JOIN chosen
      ON split_part(split_part(revisions.part, '/', 1), '=', 2) = chosen.`interval`
        AND revisions.exchange = chosen.exchange AND revisions.symbol = chosen.symbol
        AND revisions.source = chosen.source AND revisions.adjusted = chosen.adjusted)
  WHERE place = 1
