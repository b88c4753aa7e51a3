/** Queries to begin with, by the keys of their titles. */
export const examples = {
  newest: `SELECT date, open, high, low, close, volume
FROM bars
WHERE symbol = 'COMI' AND "interval" = 'Daily'
ORDER BY date DESC
LIMIT 30`,
  gainers: `WITH closes AS (
  SELECT symbol, date, close,
         lag(close) OVER (PARTITION BY symbol ORDER BY date) AS previous
  FROM bars
  WHERE "interval" = 'Daily'
)
SELECT symbol, close, round(100 * (close / previous - 1), 2) AS change_percent
FROM closes
WHERE date = (SELECT max(date) FROM closes) AND previous IS NOT NULL
ORDER BY change_percent DESC
LIMIT 20`,
  turnover: `SELECT sector, round(sum(close * volume)) AS turnover
FROM bars
JOIN symbols USING (symbol)
WHERE "interval" = 'Daily'
  AND date IN (
    SELECT DISTINCT date FROM bars WHERE "interval" = 'Daily' ORDER BY date DESC LIMIT 20
  )
GROUP BY sector
ORDER BY turnover DESC`,
  index: `WITH closes AS (
  SELECT symbol, date, close,
         lag(close) OVER (PARTITION BY symbol ORDER BY date) AS previous
  FROM bars
  WHERE "interval" = 'Daily'
)
SELECT date,
       count(*) FILTER (close > previous) AS up,
       count(*) FILTER (close < previous) AS down
FROM closes
WHERE previous IS NOT NULL
GROUP BY date
ORDER BY date DESC
LIMIT 60`,
  incomplete: `SELECT symbol,
       count(*) FILTER (state = 'missing') AS missing,
       count(*) FILTER (state = 'degraded') AS degraded
FROM certificates
WHERE "interval" = 'Daily'
GROUP BY symbol
HAVING missing + degraded > 0
ORDER BY missing DESC, degraded DESC
LIMIT 50`,
  revised: `SELECT symbol, "interval", datetime, count(*) AS versions,
       min(close) AS lowest, max(close) AS highest
FROM bar_revisions
GROUP BY symbol, "interval", source, adjusted, datetime
HAVING count(DISTINCT close) > 1
ORDER BY datetime DESC
LIMIT 100`,
  sources: `SELECT source, "interval", adjusted, count(*) AS bars,
       count(DISTINCT symbol) AS symbols, min(date) AS first, max(date) AS last
FROM bars
GROUP BY ALL
ORDER BY bars DESC`,
  intraday: `SELECT strftime(datetime AT TIME ZONE 'Africa/Cairo', '%H:%M') AS time,
       round(avg(volume)) AS mean_volume
FROM bars
WHERE "interval" = '1 Minute'
GROUP BY time
ORDER BY time`,
  suspect: `SELECT rule, count(*) AS bars
FROM (SELECT unnest(suspect) AS rule FROM bars)
GROUP BY rule
ORDER BY bars DESC`,
} as const;

export type ExampleName = keyof typeof examples;

export const exampleNames = [
  "newest",
  "gainers",
  "turnover",
  "index",
  "incomplete",
  "revised",
  "sources",
  "intraday",
  "suspect",
] as const satisfies readonly ExampleName[];
