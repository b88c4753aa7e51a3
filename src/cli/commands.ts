import { command, type Command } from "./command.ts";
import { schemas } from "./config/schemas.ts";
import { deadLetterCommands } from "./dead-letter-commands.ts";
import { loadCommands } from "./load-commands.ts";

const sql = "select symbol, count(*) n, max(datetime) newest from bars group by 1 order by n desc";

/** Every command of this release, in the order of help and docs. */
export const commands: readonly Command[] = [
  command(
    {
      name: "up",
      group: "Run",
      summary: "The whole pipeline in one process: feed, log, lake, silver",
      examples: [
        "egx up",
        "egx up --open",
        "egx up --schedule",
        "egx up --once --feed recorded --file bars.csv --data ./data",
        "egx up --once --feed simulator --seed 7 --data ./data/sim",
      ],
      notes:
        "Without --feed it tries the live feed for 5 s; when that cannot be reached it says so and shows\n" +
        "simulated bars, in the data folder's demo/ (./data/demo). One `up` a data folder. With --schedule\n" +
        "what is stored is also looked after by the calendar; see docs/airflow.md.",
      onInterrupt: null,
    },
    schemas.up,
    async () => (await import("./commands/up.ts")).up,
  ),
  command(
    {
      name: "producer",
      group: "Run",
      summary: "Feed to log: publish new and changed bars",
      examples: [
        "egx producer --feed tradingview --symbols COMI,ETEL --interval Daily --n-bars 10 --once",
        "egx producer --feed tradingview --symbols egx30 --interval 1m --live",
        "egx producer --feed recorded --file bars.csv",
        "egx producer --feed recorded --file bars.csv --symbols COMI,ABUK --start-date 2024-01-01",
        "egx producer --feed simulator --live --speed 60",
      ],
      notes: "Without --live and --poll-interval it publishes what the feed has, once.",
      onInterrupt: "stopping: sending what was read",
    },
    schemas.producer,
    async () => (await import("./commands/producer.ts")).producer,
  ),
  command(
    {
      name: "consumer",
      group: "Run",
      summary: "Log to lake: store every record exactly once",
      examples: [
        "egx consumer",
        "egx consumer --once --flush-interval 30 --compress zstd",
        "egx consumer --once --accept-loss egx_market_data/3:120-180",
      ],
      onInterrupt: "stopping: storing what is held",
    },
    schemas.consumer,
    async () => (await import("./commands/consumer.ts")).consumer,
  ),
  ...loadCommands,
  command(
    {
      name: "silver",
      group: "Load",
      summary: "Ledgered bars to Parquet that any tool can query",
      examples: [
        "egx silver",
        "egx silver --rebuild",
        "egx silver --source-rank csv,tradingview,yahoo",
        "egx silver --engine spark",
        "egx silver --data ./data/demo --json",
      ],
      onInterrupt: "stopping: the build goes on from here next time",
    },
    schemas.silver,
    async () => (await import("./commands/silver.ts")).silver,
  ),
  command(
    {
      name: "query",
      group: "Look",
      summary: "Read-only SQL over bars, bar_revisions, symbols, sessions",
      args: [{ name: "<sql>", meaning: "one SELECT, or - to read it from standard input" }],
      examples: [
        `egx query "${sql} limit 5"`,
        `echo "select * from bars limit 10" | egx query - --format csv`,
        'egx query "select * from bars" --as-of 2025-11-24 --format parquet --output bars.parquet',
      ],
      onInterrupt: "stopping the query",
    },
    schemas.query,
    async () => (await import("./commands/query.ts")).query,
  ),
  command(
    {
      name: "symbols",
      group: "Look",
      summary: "Symbols, searched in English and Arabic; members of an index; what has changed",
      args: [{ name: "[text]", meaning: "a ticker, an ISIN, or words of a name or sector" }],
      examples: [
        "egx symbols",
        "egx symbols bank",
        'egx symbols "التجاري الدولي"',
        "egx symbols --index egx30 --as-of 2026-08-20",
        "egx symbols EGS60121C018 --json",
        "egx symbols --refresh",
        "egx symbols --changes",
      ],
      notes:
        "--refresh asks the live feed's list, no more than once in 10 s; what it found is kept in the data folder\n" +
        "and stands for --symbols all. Without it nothing is asked. Exit code 3 when nothing is found.",
    },
    schemas.symbols,
    async () => (await import("./commands/symbols.ts")).symbols,
  ),
  command(
    {
      name: "calendar",
      group: "Look",
      summary: "Sessions, holidays and hours of the exchange, 2015-2027",
      args: [{ name: "[month]", meaning: "a month such as 2026-03; this one when not given" }],
      examples: [
        "egx calendar 2026-03",
        "egx calendar --is-open 2025-07-08T11:00",
        "egx calendar --phase now",
        "egx calendar --next --json",
        "egx calendar --from 2026-03-01 --to 2026-04-30",
        "egx calendar --runs daily --from 2026-03-01 --to 2026-03-31",
        "egx calendar 2026-12 --calendar closures.csv",
      ],
      notes:
        "Times are Cairo's. Days after the last announcement are marked as expected, or as the moon's.\n" +
        "--calendar names a file of closures, openings and hours that this release does not know.",
    },
    schemas.calendar,
    async () => (await import("./commands/calendar.ts")).calendar,
  ),
  command(
    {
      name: "serve",
      group: "Run",
      summary: "Dashboard, API and metrics alone, beside whatever fills log and lake",
      examples: [
        "egx serve",
        "egx serve --data ./data/demo --open",
        "egx serve --log kafka://localhost:9092 --bucket egx-data --port 9000",
      ],
      notes:
        "It reads log and lake and changes neither. On another address than loopback (--host) it asks for\n" +
        "the token in EGX_SERVE_TOKEN. See docs/api.md.",
      onInterrupt: "stopping",
    },
    schemas.serve,
    async () => (await import("./commands/serve.ts")).serve,
  ),
  command(
    {
      name: "status",
      group: "Look",
      summary: "Where everything stands, worst first: log, lake, silver, dead letters, market",
      examples: ["egx status", "egx status --data ./data/demo --watch", "egx status --json"],
      notes: "It reads log and lake themselves: nothing needs to run for it.",
      onInterrupt: null,
    },
    schemas.status,
    async () => (await import("./commands/status.ts")).status,
  ),
  command(
    {
      name: "lag",
      group: "Look",
      summary: "How far the lake is behind the log, in records and seconds",
      examples: [
        "egx lag",
        "egx lag --data ./data/demo",
        "egx lag --consumer-group my-group --json",
      ],
    },
    schemas.lag,
    async () => (await import("./commands/lag.ts")).lag,
  ),
  command(
    {
      name: "topics list",
      group: "Look",
      summary: "The log's topics",
      examples: ["egx topics list", "egx topics list --json"],
    },
    schemas.topics,
    async () => (await import("./commands/topics.ts")).listTopics,
  ),
  command(
    {
      name: "topics describe",
      group: "Look",
      summary: "A topic's settings and offsets",
      args: [{ name: "[name]", meaning: "the topic; egx_market_data when not given" }],
      examples: ["egx topics describe", "egx topics describe egx_market_data.dlq --json"],
    },
    schemas.topics,
    async () => (await import("./commands/topics.ts")).describeTopic,
  ),
  command(
    {
      name: "topics create",
      group: "Load",
      summary: "Create a topic, or both default ones",
      args: [{ name: "[name]", meaning: "the topic; both default ones when not given" }],
      examples: [
        "egx topics create",
        "egx topics create my_topic --partitions 12 --retention 86400",
      ],
    },
    schemas.topicsCreate,
    async () => (await import("./commands/topics.ts")).createTopic,
  ),
  command(
    {
      name: "quality",
      group: "Fix",
      summary: "What the calendar expects against what is stored; --heal mends it",
      examples: [
        "egx quality",
        "egx quality --interval Daily --from 2024-01-01 --symbols COMI,ETEL",
        "egx quality --interval Daily --heal --feed recorded --file bars.csv.gz",
      ],
      notes:
        "Exit code 1 when bars are missing or wrong; 3 when --heal could not mend all of it.\n" +
        "docs/quality.md says what each state means and what cannot be known.",
      onInterrupt: "stopping: what was loaded stays",
    },
    schemas.quality,
    async () => (await import("./commands/quality.ts")).quality,
  ),
  command(
    {
      name: "trace",
      group: "Fix",
      summary: "A bar's way back to the records it came from",
      args: [
        { name: "<symbol>", meaning: "the ticker" },
        { name: "<time>", meaning: "a date, or the bar's start, in Cairo when it has no offset" },
      ],
      examples: [
        "egx trace COMI 2025-11-24",
        "egx trace COMI 2025-11-24T10:15 --interval 1m",
        "egx trace COMI 2025-11-24 --data ./data/demo --json",
      ],
      notes:
        "Every revision, in the order of receipt. Exit code 1 when an object is not as written.",
    },
    schemas.trace,
    async () => (await import("./commands/trace.ts")).trace,
  ),
  command(
    {
      name: "verify",
      group: "Fix",
      summary: "Prove from the lake alone that nothing is lost or doubled",
      examples: ["egx verify", "egx verify --fast", "egx verify --data ./data/demo --json"],
      notes: "Exit code 1 when damage was found; each finding is named.",
    },
    schemas.verify,
    async () => (await import("./commands/verify.ts")).verify,
  ),
  command(
    {
      name: "verify-upload",
      group: "Fix",
      summary: "May these credentials write where they should, and nowhere else",
      examples: [
        "egx verify-upload --bucket egx-data-bucket",
        "egx verify-upload --bucket egx-data-bucket --use-aws --role consumer",
        "egx verify-upload --lake s3://egx-data-bucket --role reader --json",
      ],
      notes:
        "Tries to put, list, get and delete in every part of the bucket, on objects of its own:\n" +
        "PLACE/_probe/verify-upload, which it deletes where it may. Exit code 1 on a difference.",
    },
    schemas.verifyUpload,
    async () => (await import("./commands/verify-upload.ts")).verifyUpload,
  ),
  ...deadLetterCommands,
  command(
    {
      name: "capture",
      group: "Fix",
      summary: "Record the live feed's raw frames, without tokens, for a report",
      examples: [
        "egx capture --symbols COMI,ETEL --for 300 --output capture.ndjson",
        "egx capture --symbols COMI --interval Daily --for 10 > capture.ndjson",
      ],
      notes: "The symbols are followed as producer --live follows them. One message a line.",
      onInterrupt: "stopping: what was recorded is kept",
    },
    schemas.capture,
    async () => (await import("./commands/capture.ts")).capture,
  ),
  command(
    {
      name: "doctor",
      group: "Fix",
      summary: "Check each configured part and say how to mend it",
      examples: ["egx doctor", "egx doctor --data ./data --json"],
      notes: "Changes nothing but a probe of its own, which it removes where it can.",
    },
    schemas.doctor,
    async () => (await import("./commands/doctor.ts")).doctor,
  ),
];
