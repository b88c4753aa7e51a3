import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { RetryAttempt } from "../../base/retry.ts";
import { z } from "../../base/schema.ts";
import {
  beginningOf,
  HttpClient,
  jsonOf,
  misunderstood,
  withoutSecrets,
  type HttpAnswer,
} from "../http.ts";
import type { KaggleCredentials } from "./credentials.ts";
import { Download } from "./download.ts";

export interface KaggleOptions {
  /** Where Kaggle is; default {@link kaggleUrl}. */
  readonly url?: string;
  /** Null to ask as nobody, which is enough for public sets. */
  readonly credentials: KaggleCredentials | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly onRetry?: (attempt: RetryAttempt) => void;
  /** Told how many bytes of a download have come; `total` is null while it is not known. */
  readonly onProgress?: (bytes: number, total: number | null) => void;
}

/** What Kaggle says of a data set; null is what it does not say. */
export interface KaggleSet {
  /** `owner/set` */
  readonly dataset: string;
  readonly version: number | null;
  /** The licence that its page names, `CC0-1.0`. It need not cover the data's own source. */
  readonly licence: string | null;
  /** When it was last changed, as Kaggle writes it. */
  readonly updated: string | null;
}

export const kaggleUrl = "https://www.kaggle.com";

const name = "Kaggle";
const gapMs = 500;

const viewSchema = z.object({
  licenseName: z.string().nullish(),
  lastUpdated: z.string().nullish(),
  currentVersionNumber: z.number().int().positive().nullish(),
});
const metadataSchema = z.object({
  info: z.object({ licenses: z.array(z.object({ name: z.string() })).nullish() }),
});
const refusalSchema = z.object({ message: z.string() });

/** The data sets of Kaggle. */
export class Kaggle {
  readonly #base: string;
  readonly #options: KaggleOptions;
  readonly #http: HttpClient;

  constructor(options: KaggleOptions) {
    const { clock, random, credentials, onRetry } = options;
    this.#base = options.url ?? kaggleUrl;
    this.#options = options;
    this.#http = new HttpClient({
      name,
      clock,
      random,
      gapMs,
      ...(onRetry === undefined ? {} : { onRetry }),
      ...(credentials === null
        ? {}
        : { headers: { authorization: credentials.authorization }, secrets: credentials.secrets }),
    });
  }

  /**
   * What Kaggle says of a set.
   * @throws E_FEED_REFUSED for one that is not there, E_FEED_TOKEN, E_FEED_NOT_ENTITLED,
   *   E_FEED_PROTOCOL, and what {@link HttpClient.get} throws.
   */
  async describe(dataset: string, signal: AbortSignal): Promise<KaggleSet> {
    const view = await this.#json(`view/${dataset}`, { dataset, schema: viewSchema }, signal);
    const { licenseName, lastUpdated, currentVersionNumber } = view;
    const licence = licenseName ?? (await this.#licenceOf(dataset, signal));
    return {
      dataset,
      version: currentVersionNumber ?? null,
      licence: licence === "" ? null : licence,
      updated: lastUpdated ?? null,
    };
  }

  /**
   * Fetches a set, as one zip archive, into a file.
   * @throws as {@link describe} does; E_FILE_FORMAT for more bytes than are taken.
   */
  async download(set: KaggleSet, file: string, signal: AbortSignal): Promise<void> {
    const url = this.#urlOf(`download/${set.dataset}`);
    if (set.version !== null) url.searchParams.set("datasetVersionNumber", String(set.version));
    const { credentials, clock, random, onProgress, onRetry } = this.#options;
    const download = new Download({
      url,
      file,
      authorization: credentials?.authorization ?? null,
      refusal: (status, text) => this.#refusal(status, text, set.dataset),
      clock,
      random,
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(onRetry === undefined ? {} : { onRetry }),
    });
    await download.run(signal);
  }

  async #licenceOf(dataset: string, signal: AbortSignal): Promise<string | null> {
    const asked = { dataset, schema: metadataSchema };
    const { info } = await this.#json(`metadata/${dataset}`, asked, signal);
    const names = (info.licenses ?? []).map((licence) => licence.name);
    return names.length === 0 ? null : names.join(", ");
  }

  async #json<T>(
    path: string,
    { dataset, schema }: { readonly dataset: string; readonly schema: z.ZodType<T> },
    signal: AbortSignal,
  ): Promise<T> {
    const answer: HttpAnswer = await this.#http.get(this.#urlOf(path), signal);
    if (answer.status !== 200) throw this.#refusal(answer.status, answer.text, dataset);
    const parsed = schema.safeParse(jsonOf(answer, name));
    if (parsed.success) return parsed.data;
    throw misunderstood(`${name} of ${dataset}`, answer.text);
  }

  #urlOf(path: string): URL {
    return new URL(`/api/v1/datasets/${path}`, this.#base);
  }

  #refusal(status: number, text: string, dataset: string): EgxError {
    const plain = withoutSecrets(text, this.#options.credentials?.secrets ?? []);
    return refusalOf(status, beginningOf(reasonOf(plain)), dataset);
  }
}

function refusalOf(status: number, reason: string, dataset: string): EgxError {
  const said = `${name} of ${dataset}: HTTP ${status}${reason === "" ? "" : `, ${reason}`}`;
  switch (status) {
    case 401:
      return new EgxError("E_FEED_TOKEN", said, {
        hint: "Check KAGGLE_API_TOKEN, KAGGLE_USERNAME and KAGGLE_KEY, or ~/.kaggle; see docs/loads.md.",
      });
    case 403:
      return new EgxError("E_FEED_NOT_ENTITLED", said, {
        hint: "It is private, or its page wants you to agree to something; else set KAGGLE_API_TOKEN.",
      });
    case 404:
      return new EgxError("E_FEED_REFUSED", said, {
        hint: "Check OWNER/DATASET: it is the end of the address of the set's page.",
      });
    default:
      return new EgxError("E_FEED_REFUSED", said, { hint: "See docs/loads.md." });
  }
}

/** Kaggle's own words; a web page has none worth repeating. */
function reasonOf(text: string): string {
  if (/^\s*</.test(text)) return "a web page";
  try {
    const parsed = refusalSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.message : text;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
