-- From what the ledger names to silver's rows. The views stand on four others, which each
-- micro-batch makes anew: `objects` (object, value), `loaded`, `intervals` and `calendar`.

-- A time as the wire writes it. The session's zone is UTC, and Spark wants seconds before an offset.
CREATE OR REPLACE TEMPORARY FUNCTION egx_time(text STRING) RETURNS TIMESTAMP RETURN
  try_cast(regexp_replace(text, r'^(.{13}:\d\d)([Z+-])', '$1:00$2') AS TIMESTAMP);

-- Its instant in whole milliseconds; a time without an offset is on the clock of `zone`.
CREATE OR REPLACE TEMPORARY FUNCTION egx_instant(text STRING, zone STRING) RETURNS TIMESTAMP RETURN
  timestamp_millis(unix_millis(if(text RLIKE r'[T ].*(Z|[+-]\d\d(:?\d\d)?)$',
    egx_time(text), to_utc_timestamp(egx_time(text), zone))));

CREATE OR REPLACE TEMPORARY FUNCTION egx_date(instant TIMESTAMP) RETURNS DATE RETURN
  to_date(from_utc_timestamp(instant, 'Africa/Cairo'));

-- 10:00 in Cairo of a date, of its week's Sunday, of its month's first.
CREATE OR REPLACE TEMPORARY FUNCTION egx_period(code STRING, day DATE) RETURNS TIMESTAMP RETURN
  to_utc_timestamp(CAST(CASE code
    WHEN '1w' THEN date_sub(day, dayofweek(day) - 1)
    WHEN '1mo' THEN to_date(trunc(day, 'MM'))
    ELSE day END AS TIMESTAMP) + INTERVAL '10' HOUR, 'Africa/Cairo');

CREATE OR REPLACE TEMPORARY FUNCTION egx_outside(price DOUBLE, low DOUBLE, high DOUBLE)
  RETURNS BOOLEAN RETURN coalesce(price < low, false) OR coalesce(price > high, false);

CREATE OR REPLACE TEMPORARY FUNCTION egx_between_ticks(ticks DOUBLE) RETURNS BOOLEAN RETURN
  abs(ticks - rint(ticks)) > ticks * 1e-9D + 1e-6D;

CREATE OR REPLACE TEMPORARY FUNCTION egx_off_tick(price DOUBLE) RETURNS BOOLEAN RETURN
  coalesce(egx_between_ticks(price / if(price < 5, 0.001D, 0.01D)), false);

CREATE OR REPLACE TEMPORARY VIEW lines AS
  SELECT object, line + 1 AS line, text, from_json(text,
    'symbol STRING, exchange STRING, `interval` STRING, datetime STRING, open DOUBLE,
     high DOUBLE, low DOUBLE, close DOUBLE, volume DOUBLE, ingestion_timestamp STRING,
     final BOOLEAN, source STRING, currency STRING, adjusted STRING, v INT, log_id STRING,
     log_partition INT, log_offset BIGINT, corrupt STRING',
    map('columnNameOfCorruptRecord', 'corrupt', 'allowNonNumericNumbers', 'false')) AS bar
  FROM objects LATERAL VIEW posexplode(split(rtrim('\n', value), '\n')) AS line, text;

CREATE OR REPLACE TEMPORARY VIEW timed AS
  SELECT object, line, text, bar, code, minutes, try_cast(left(bar.datetime, 10) AS DATE) AS day,
    egx_instant(bar.datetime, 'Africa/Cairo') AS instant,
    egx_instant(bar.ingestion_timestamp, 'UTC') AS ingestion_timestamp
  FROM lines LEFT JOIN intervals ON bar.`interval` = intervals.name;

-- What old messages leave out is filled in, as src/market/bar-fields.ts does.
CREATE OR REPLACE TEMPORARY VIEW parsed AS
  SELECT object, line, text, bar.symbol, bar.exchange, code, minutes,
    if(minutes IS NULL, egx_period(code, day), instant) AS datetime,
    bar.open, bar.high, bar.low, bar.close, bar.volume + 0D AS volume,
    coalesce(bar.final, if(minutes IS NULL, day, egx_date(instant))
      < egx_date(ingestion_timestamp)) AS final,
    coalesce(bar.source, 'tradingview') AS source, coalesce(bar.currency, 'EGP') AS currency,
    coalesce(bar.adjusted, 'splits') AS adjusted, ingestion_timestamp,
    bar.log_id, bar.log_partition, bar.log_offset, coalesce(bar.v, 1) AS v, bar.corrupt
  FROM timed;

-- The consumer lets nothing through that is no bar. What is none all the same is put apart.
CREATE OR REPLACE TEMPORARY VIEW checked AS
  SELECT *, coalesce(corrupt IS NULL AND v = 1 AND code IS NOT NULL
    AND symbol RLIKE '^[A-Z0-9][A-Z0-9._-]{0,31}$' AND exchange RLIKE '^[A-Z][A-Z0-9_]{0,15}$'
    AND datetime IS NOT NULL AND ingestion_timestamp IS NOT NULL AND final IS NOT NULL
    AND close > 0 AND coalesce(least(open, high, low), 1) > 0 AND coalesce(high >= low, true)
    AND coalesce(volume, 0) >= 0 AND adjusted IN ('none', 'splits', 'dividends')
    AND log_id IS NOT NULL AND log_partition IS NOT NULL AND log_offset IS NOT NULL, false) AS good
  FROM parsed;

CREATE OR REPLACE TEMPORARY VIEW bad_lines AS
  SELECT object, CAST(line AS INT) AS line, text FROM checked WHERE NOT good;

CREATE OR REPLACE TEMPORARY VIEW bars_of_ledger AS
  SELECT symbol, exchange, code, minutes, datetime, open, high, low, close, volume, final, source,
    currency, adjusted, ingestion_timestamp, log_id, log_partition, log_offset, object
  FROM checked WHERE good
  UNION ALL
  SELECT symbol, exchange, code, minutes, timestamp_millis(unix_millis(datetime)), open, high, low,
    close, volume, final, source, currency, adjusted,
    timestamp_millis(unix_millis(ingestion_timestamp)), NULL, NULL, NULL, object
  FROM loaded JOIN intervals ON loaded.`interval` = intervals.name;

-- With the rules of src/market/rules.ts that a bar breaks, and the name of its partition.
CREATE OR REPLACE TEMPORARY VIEW fresh AS
  SELECT symbol, exchange, egx_date(datetime) AS date, datetime, bars.open, high, low, bars.close,
    volume, final, source, currency, adjusted,
    filter(array(
      if(egx_outside(bars.open, low, high), 'open-outside-range', NULL),
      if(egx_outside(bars.close, low, high), 'close-outside-range', NULL),
      if(adjusted = 'none' AND currency IN ('EGP', 'USD') AND NOT symbol RLIKE '^EGX[_0-9]'
        AND (egx_off_tick(bars.open) OR egx_off_tick(high) OR egx_off_tick(low)
          OR egx_off_tick(bars.close)), 'off-tick', NULL),
      if(unix_millis(datetime) % (minutes * 60000L) <> 0, 'misaligned', NULL),
      CASE
        WHEN code IN ('1w', '1mo') OR calendar.date IS NULL THEN NULL
        WHEN calendar.open IS NULL THEN 'closed-day'
        WHEN datetime >= calendar.close
          OR unix_millis(datetime) + minutes * 60000L <= unix_millis(calendar.open)
          THEN if(minutes IS NULL, NULL, 'outside-session')
      END), rule -> rule IS NOT NULL) AS suspect,
    ingestion_timestamp, log_id, log_partition, log_offset, object,
    concat('interval=', code, '/year=', year(egx_date(datetime)),
      if(minutes IS NULL, '', concat('/month=', date_format(egx_date(datetime), 'MM')))) AS part
  FROM bars_of_ledger AS bars LEFT JOIN calendar ON calendar.date = egx_date(datetime)
