import { sha256Hex } from "../../../src/base/bytes.ts";
import type { TestContext } from "node:test";
import { json, serveAs, type Answer, type Asked, type ServiceStandIn } from "./server.ts";

export interface KaggleStandIn {
  readonly url: string;
  readonly api: ServiceStandIn;
  /** Where the archives are; as the real one it refuses who brings credentials of Kaggle's. */
  readonly store: ServiceStandIn;
}

export interface KaggleSetSpec {
  readonly zip: Uint8Array;
  readonly licence?: string | null;
  readonly version?: number;
  /** Who may have it; everybody by default. */
  readonly authorization?: string;
}

/** Kaggle and the store beside it, by `owner/set`. */
export async function kaggleStandIn(
  t: TestContext,
  sets: Readonly<Record<string, KaggleSetSpec>>,
): Promise<KaggleStandIn> {
  const store = await serveAs(t, (asked) => stored(asked, sets));
  const api = await serveAs(t, (asked) => answerOf(asked, sets, store.url));
  return { url: api.url, api, store };
}

/** The tag that the store gives an archive. */
export function archiveTag(zip: Uint8Array): string {
  return `"${sha256Hex(zip).slice(0, 16)}"`;
}

function answerOf(
  { url, headers }: Asked,
  sets: Readonly<Record<string, KaggleSetSpec>>,
  storeUrl: string,
): Answer {
  const [, verb = "", dataset = ""] = /^\/api\/v1\/datasets\/(\w+)\/(.+)$/.exec(url.pathname) ?? [];
  const set = sets[dataset];
  if (set === undefined) return json({ code: 404, message: "Dataset not found" }, 404);
  const { authorization, licence = "CC0-1.0", version = 3 } = set;
  if (authorization !== undefined && headers["authorization"] !== authorization) {
    if (headers["authorization"] === undefined)
      return json({ code: 403, message: "Permission 'datasets.get' was denied" }, 403);
    return json({ code: 401, message: `Unauthenticated: ${headers["authorization"]}` }, 401);
  }
  if (verb === "view") {
    return json({
      ref: dataset,
      licenseName: licence,
      lastUpdated: "2026-02-05T10:11:12.123Z",
      currentVersionNumber: version,
      totalBytes: set.zip.length,
    });
  }
  if (verb === "metadata") return json({ info: { licenses: [{ name: "other" }] } });
  const location = `${storeUrl}/archive?set=${encodeURIComponent(dataset)}&X-Goog-Signature=5f3a`;
  return { status: 302, headers: { location }, body: "" };
}

function stored({ url, headers }: Asked, sets: Readonly<Record<string, KaggleSetSpec>>): Answer {
  if (headers["authorization"] !== undefined) {
    return {
      status: 400,
      headers: { "content-type": "application/xml" },
      body: "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>",
    };
  }
  const zip = sets[url.searchParams.get("set") ?? ""]?.zip ?? new Uint8Array();
  const etag = archiveTag(zip);
  const general = { "content-type": "application/zip", etag };
  const [, from = ""] = /^bytes=(\d+)-$/.exec(headers["range"] ?? "") ?? [];
  if (from === "" || headers["if-range"] !== etag) return { headers: general, body: zip };
  return {
    status: 206,
    headers: { ...general, "content-range": `bytes ${from}-${zip.length - 1}/${zip.length}` },
    body: zip.subarray(Number(from)),
  };
}
