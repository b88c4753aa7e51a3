import { fileURLToPath } from "node:url";
import { errorCodes, type ErrorCode } from "../base/error-codes.ts";
import { EgxError, messageOf } from "../base/errors.ts";
import { replayDeadLetters } from "../consumer/replay.ts";
import type { Lake } from "../lake/lake.ts";
import type { Log } from "../log/log.ts";
import type { Backend, BackendOptions, LettersAsked } from "../serve/backend.ts";
import { isLoopback } from "../serve/http/access.ts";
import type { HttpServer } from "../serve/http/server.ts";
import { readCalendar } from "./calendar-source.ts";
import type { CommandContext } from "./command.ts";
import type { Config } from "./config/settings.ts";
import { simulatorSpeed, type FeedPlan } from "./feed-plan.ts";
import type { Monitoring } from "./monitoring.ts";
import { told } from "./output/event-log.ts";
import { packageVersion } from "./version.ts";
import { defaultTopic, scratchFolder } from "./wiring.ts";

type DashboardConfig = Pick<Config, "port" | "host" | "serveToken" | "open" | "json">;

/** The dashboard as a command runs it. */
export interface Dashboard {
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
  /** One line for people: where it is, and what to know of that. */
  readonly told: string;
  /** Shows this from now on; the backend is disposed by {@link Dashboard.close}. */
  attach(options: DashboardData): Backend;
  /** Before log and lake are closed. Idempotent. */
  close(): Promise<void>;
}

/** What a command gives to be shown. */
export type DashboardData = Pick<
  BackendOptions,
  "lake" | "log" | "topic" | "calendar" | "feed" | "stages" | "replay" | "metrics"
>;

const portDefault = 8080;
const tokenCharactersMin = 16;
const streamsMax = 500;
/** A letter that failed as often is left alone, as `egx dlq replay` does. */
const attemptsMax = 3;
/** Built from web/; beside src/ in a clone, beside dist/ in the package. */
const webFolder = fileURLToPath(new URL("../../web/dist", import.meta.url));

/**
 * Listens, before anything else is known: the page comes at once, and data when it is there.
 * @throws E_PORT_BUSY, E_CONFIG.
 */
export async function startDashboard(
  config: DashboardConfig,
  { clock, logger }: CommandContext,
): Promise<Dashboard> {
  const { port = portDefault, host } = config;
  const token = checkedToken(config);
  // Loaded here, since a pipeline that ends by itself shows nothing and is to begin at once.
  const [{ Backend }, { serveHttp }] = await Promise.all([
    import("../serve/backend.ts"),
    import("../serve/http/server.ts"),
  ]);
  const server = await serveHttp({
    clock,
    host,
    port,
    anyPort: config.port === undefined,
    token,
    webFolder,
    onFailure: (error, path) => logger.error(`${path}: ${error.message}`, { error }),
  });
  let backend: Backend | null = null;
  return {
    url: server.url,
    told: tellOf(server, token !== null),
    attach: (data) => {
      backend = new Backend({
        ...data,
        clock,
        version: packageVersion(),
        scratchFolder: scratchFolder(),
        told,
        streamsMax,
      });
      backend.start();
      server.attach(backend);
      return backend;
    },
    close: async () => {
      await backend?.[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

/** Tells where the dashboard is: a pipe of data gets the address alone. */
export async function showDashboard(
  { url, told: line }: Dashboard,
  { json, open }: Pick<DashboardConfig, "json" | "open">,
  { out, logger }: CommandContext,
): Promise<void> {
  if (json) logger.info(line, { url });
  else if (!out.isTerminal) await out.write(`${url}\n`);
  if (!open) return;
  const { openBrowser } = await import("./open-browser.ts");
  try {
    await openBrowser(url);
  } catch (error) {
    logger.warn(`the browser could not be opened: ${messageOf(error)}; open ${url} yourself`);
  }
}

/** Shows a pipeline of this process; null without a dashboard. */
export async function attachPipeline(
  dashboard: Dashboard | null,
  { speed, calendar }: Pick<Config, "speed" | "calendar">,
  context: CommandContext,
  running: {
    readonly plan: FeedPlan;
    readonly live: boolean;
    readonly log: Log;
    readonly lake: Lake;
    readonly monitoring: Monitoring | null;
  },
): Promise<Backend | null> {
  if (dashboard === null) return null;
  const { plan, live, log, lake, monitoring } = running;
  const topic = defaultTopic;
  const { source: name, delaySeconds } = plan.feed;
  const pace = live && name !== "tradingview" ? (speed ?? simulatorSpeed) : null;
  return dashboard.attach({
    lake,
    log,
    topic,
    calendar: await readCalendar(calendar),
    feed: { name, speed: pace, delaySeconds },
    stages: ["feed", "producer", "consumer", "lake", "silver"],
    replay: replayOf({ log, lake, topic }, context),
    metrics: monitoring?.source ?? null,
  });
}

/** Publishes dead letters again, of one topic. */
export function replayOf(
  { log, lake, topic }: { readonly log: Log; readonly lake: Lake; readonly topic: string },
  { clock }: CommandContext,
): NonNullable<BackendOptions["replay"]> {
  return async ({ position, code, dryRun }, signal) => {
    const counts = { replayed: 0, tooOften: 0, closedMeanwhile: 0 };
    await replayDeadLetters({
      log,
      lake,
      filter: { topic, ...(position === null ? {} : { position }), ...codesOf(code) },
      dryRun,
      attemptsMax,
      clock,
      signal,
      onLetter: (_, outcome) => {
        if (outcome === "too-often") counts.tooOften += 1;
        else if (outcome === "closed-meanwhile") counts.closedMeanwhile += 1;
        else counts.replayed += 1;
      },
    });
    return counts;
  };
}

function codesOf(code: LettersAsked["code"]): { readonly codes?: ReadonlySet<ErrorCode> } {
  if (code === null) return {};
  const known = Object.keys(errorCodes).filter((name): name is ErrorCode => name === code);
  return { codes: new Set(known) };
}

/** @throws E_CONFIG when an address that others reach has no token, or one that is guessed. */
function checkedToken({ host, serveToken }: DashboardConfig): string | null {
  if (serveToken !== undefined) {
    if (/^[\x21-\x7e]+$/.test(serveToken) && serveToken.length >= tokenCharactersMin) {
      return serveToken;
    }
    throw new EgxError(
      "E_CONFIG",
      `EGX_SERVE_TOKEN has to be ${tokenCharactersMin} visible ASCII characters or more`,
      { hint: "Make one: openssl rand -hex 24" },
    );
  }
  if (isLoopback(host)) return null;
  throw new EgxError("E_CONFIG", `${host} is not this machine alone, and no token is set`, {
    hint: "Set EGX_SERVE_TOKEN (openssl rand -hex 24), or leave out --host.",
  });
}

function tellOf({ url, moved }: HttpServer, withToken: boolean): string {
  const why = moved ? ` (port ${portDefault} is taken)` : "";
  const how = withToken ? "; it asks for EGX_SERVE_TOKEN" : "";
  return `dashboard at ${url}${why}${how}`;
}
