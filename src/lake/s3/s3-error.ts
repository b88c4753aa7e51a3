import type { ErrorCode } from "../../base/error-codes.ts";
import { EgxError, messageOf, systemCodeOf } from "../../base/errors.ts";
import { failureOf, type S3Failure } from "./sdk.ts";

/** What the names of S3's errors mean where their status does not say it. */
const byName: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ["AccessDenied", "E_LAKE_FORBIDDEN"],
  ["AllAccessDisabled", "E_LAKE_FORBIDDEN"],
  ["AccountProblem", "E_LAKE_FORBIDDEN"],
  ["InvalidAccessKeyId", "E_LAKE_FORBIDDEN"],
  ["SignatureDoesNotMatch", "E_LAKE_FORBIDDEN"],
  ["ExpiredToken", "E_LAKE_FORBIDDEN"],
  ["InvalidToken", "E_LAKE_FORBIDDEN"],
  ["TokenRefreshRequired", "E_LAKE_FORBIDDEN"],
  ["RequestTimeTooSkewed", "E_LAKE_FORBIDDEN"],
  ["NoSuchBucket", "E_LAKE_MISSING"],
  ["SlowDown", "E_LAKE_THROTTLED"],
  ["SlowDownRead", "E_LAKE_THROTTLED"],
  ["SlowDownWrite", "E_LAKE_THROTTLED"],
  ["TooManyRequests", "E_LAKE_THROTTLED"],
  ["RequestLimitExceeded", "E_LAKE_THROTTLED"],
  ["Throttling", "E_LAKE_THROTTLED"],
  ["ThrottlingException", "E_LAKE_THROTTLED"],
  ["XMinioStorageFull", "E_LAKE_FULL"],
  ["XMinioAdminBucketQuotaExceeded", "E_LAKE_FULL"],
  ["QuotaExceeded", "E_LAKE_FULL"],
  ["BucketAlreadyExists", "E_CONFIG"],
  ["RequestTimeout", "E_LAKE_UNREACHABLE"],
  ["IncompleteBody", "E_LAKE_UNREACHABLE"],
  ["BadDigest", "E_LAKE_UNREACHABLE"],
  ["XAmzContentChecksumMismatch", "E_LAKE_UNREACHABLE"],
]);

const byStatus: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [401, "E_LAKE_FORBIDDEN"],
  [403, "E_LAKE_FORBIDDEN"],
  [307, "E_LAKE_UNREACHABLE"],
  [408, "E_LAKE_UNREACHABLE"],
  [409, "E_LAKE_CONFLICT"],
  // An upload that vanished under its parts; a missing object is no error to begin with.
  [404, "E_LAKE_UNREACHABLE"],
  [429, "E_LAKE_THROTTLED"],
  [501, "E_CONFIG"],
  [503, "E_LAKE_THROTTLED"],
  [507, "E_LAKE_FULL"],
]);

const hints: ReadonlyMap<string, string> = new Map([
  ["RequestTimeTooSkewed", "Set this host's clock: the store refuses requests of another time."],
  ["ExpiredToken", "The session has run out: get new credentials."],
  ["BucketAlreadyExists", "Somebody else owns a bucket of this name: choose another one."],
]);

/** Names of failures on the way that carry neither a status nor a system's code. */
const onTheWay: ReadonlySet<string> = new Set(["TimeoutError", "AbortError"]);

/**
 * `error` as the lake's own when a request failed; anything else as it is. Nothing that the server
 * sent but its error's name is kept: some of its answers repeat session tokens.
 * @param what the key or the bucket that the request was about.
 */
export function s3Error(error: unknown, what: string): unknown {
  if (error instanceof EgxError) return error;
  const failure = failureOf(error);
  if (failure !== null) return refusal(failure, what);
  if (isNamed(error, "CredentialsProviderError")) {
    return new EgxError("E_LAKE_FORBIDDEN", `${what}: no credentials were found`, {
      cause: error,
      hint: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
    });
  }
  const system = systemCodeOf(error);
  const passing = system !== undefined || (error instanceof Error && onTheWay.has(error.name));
  if (!passing && !isUnreadableAnswer(error)) return error;
  // Where a name has several addresses, Node's error for all of them has no text.
  const why = system ?? messageOf(error);
  return new EgxError("E_LAKE_UNREACHABLE", `${what}: the store cannot be reached: ${why}`, {
    cause: error,
    details: { what, system },
  });
}

/** How the library calls a 400 whose answer has no body, as those to HEAD have none. */
const nameless: ReadonlySet<string> = new Set(["400", "BadRequest", "Unknown", "UnknownError"]);

/** The code that an answer of S3 stands for. */
export function codeOfFailure({ name, status }: S3Failure): ErrorCode {
  // To HEAD the store says that a session has run out by a bare 400.
  if (status === 400 && nameless.has(name)) return "E_LAKE_FORBIDDEN";
  const known = byName.get(name) ?? byStatus.get(status);
  if (known !== undefined) return known;
  return status >= 500 || status === 0 ? "E_LAKE_UNREACHABLE" : "E_CONFIG";
}

function refusal(failure: S3Failure, what: string): EgxError {
  const { name, status, bucketRegion } = failure;
  const elsewhere = status === 301 || name === "AuthorizationHeaderMalformed";
  if (elsewhere) return wrongRegion(failure, what);
  const hint = hints.get(name);
  return new EgxError(codeOfFailure(failure), `${what}: the store answers ${status} ${name}`, {
    cause: new Error(`${status} ${name}`),
    details: { what, status, name, ...(bucketRegion === null ? {} : { bucketRegion }) },
    ...(hint === undefined ? {} : { hint }),
  });
}

function wrongRegion({ name, status, bucketRegion }: S3Failure, what: string): EgxError {
  const where = bucketRegion === null ? "another region" : `region ${bucketRegion}`;
  return new EgxError("E_CONFIG", `${what}: the bucket is in ${where}`, {
    cause: new Error(`${status} ${name}`),
    details: { what, status, name, bucketRegion },
    hint:
      bucketRegion === null
        ? "Set AWS_REGION to the bucket's region."
        : `Set AWS_REGION=${bucketRegion}.`,
  });
}

/** Whether the library could make nothing of an answer, such as a proxy's page of HTML. */
function isUnreadableAnswer(error: unknown): boolean {
  return error instanceof Error && "$metadata" in error;
}

function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}
