import type { ErrorCode } from "../../base/error-codes.ts";
import { EgxError, messageOf, systemCodeOf } from "../../base/errors.ts";
import {
  AuthenticationError,
  MultipleErrors,
  NetworkError,
  ProtocolError,
  UserError,
} from "./protocol.ts";

/** Kafka's error codes that something here depends on. */
export const kafkaErrors = {
  unknownServerError: -1,
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeaderOrFollower: 6,
  requestTimedOut: 7,
  replicaNotAvailable: 9,
  messageTooLarge: 10,
  networkException: 13,
  coordinatorLoadInProgress: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  invalidTopic: 17,
  recordListTooLarge: 18,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  illegalGeneration: 22,
  inconsistentGroupProtocol: 23,
  unknownMemberId: 25,
  invalidSessionTimeout: 26,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  clusterAuthorizationFailed: 31,
  unsupportedSaslMechanism: 33,
  illegalSaslState: 34,
  unsupportedVersion: 35,
  topicAlreadyExists: 36,
  invalidPartitions: 37,
  invalidReplicationFactor: 38,
  invalidConfig: 40,
  notController: 41,
  outOfOrderSequenceNumber: 45,
  policyViolation: 44,
  duplicateSequenceNumber: 46,
  invalidProducerEpoch: 47,
  kafkaStorageError: 56,
  saslAuthenticationFailed: 58,
  unknownProducerId: 59,
  groupIdNotFound: 69,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 76,
  offsetNotAvailable: 78,
  memberIdRequired: 79,
  groupSubscribedToTopic: 86,
  throttlingQuotaExceeded: 89,
  topicIdUnknown: 100,
  inconsistentTopicId: 103,
} as const;

const byKafka: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [kafkaErrors.unknownTopicOrPartition, "E_LOG_TOPIC_UNKNOWN"],
  [kafkaErrors.messageTooLarge, "E_LOG_RECORD_TOO_LARGE"],
  [kafkaErrors.recordListTooLarge, "E_LOG_RECORD_TOO_LARGE"],
  [kafkaErrors.illegalGeneration, "E_LOG_FENCED"],
  [kafkaErrors.unknownMemberId, "E_LOG_FENCED"],
  [kafkaErrors.topicAuthorizationFailed, "E_LOG_FORBIDDEN"],
  [kafkaErrors.groupAuthorizationFailed, "E_LOG_FORBIDDEN"],
  [kafkaErrors.clusterAuthorizationFailed, "E_LOG_FORBIDDEN"],
  [kafkaErrors.unsupportedSaslMechanism, "E_LOG_FORBIDDEN"],
  [kafkaErrors.illegalSaslState, "E_LOG_FORBIDDEN"],
  [kafkaErrors.saslAuthenticationFailed, "E_LOG_FORBIDDEN"],
  [kafkaErrors.unsupportedVersion, "E_CONFIG"],
  [kafkaErrors.invalidTopic, "E_CONFIG"],
  [kafkaErrors.invalidPartitions, "E_CONFIG"],
  [kafkaErrors.invalidReplicationFactor, "E_CONFIG"],
  [kafkaErrors.invalidConfig, "E_CONFIG"],
  [kafkaErrors.policyViolation, "E_CONFIG"],
  [kafkaErrors.inconsistentGroupProtocol, "E_CONFIG"],
  [kafkaErrors.invalidSessionTimeout, "E_CONFIG"],
  [kafkaErrors.groupSubscribedToTopic, "E_LOG_BUSY"],
]);

/** Another broker leads, or soon one will: worth a look at fresh metadata and another try. */
const passing: ReadonlySet<number> = new Set<number>([
  kafkaErrors.unknownServerError,
  kafkaErrors.leaderNotAvailable,
  kafkaErrors.notLeaderOrFollower,
  kafkaErrors.requestTimedOut,
  kafkaErrors.networkException,
  kafkaErrors.throttlingQuotaExceeded,
  kafkaErrors.replicaNotAvailable,
  kafkaErrors.coordinatorLoadInProgress,
  kafkaErrors.coordinatorNotAvailable,
  kafkaErrors.notCoordinator,
  kafkaErrors.notEnoughReplicas,
  kafkaErrors.notEnoughReplicasAfterAppend,
  kafkaErrors.rebalanceInProgress,
  kafkaErrors.notController,
  kafkaErrors.kafkaStorageError,
  kafkaErrors.fencedLeaderEpoch,
  kafkaErrors.unknownLeaderEpoch,
  kafkaErrors.offsetNotAvailable,
]);

/** Whether an answer of this code may be another one after a look at fresh metadata. */
export function isPassing(kafkaCode: number): boolean {
  return passing.has(kafkaCode);
}

/** A broker's refusal, as one of the log's errors. */
export function refusal(kafkaCode: number, what: string, cause?: unknown): EgxError {
  const details = { kafkaCode };
  if (passing.has(kafkaCode)) {
    return new EgxError("E_LOG_UNREACHABLE", `${what}: ${nameOf(kafkaCode)}`, {
      cause,
      details,
      hint: "The brokers are electing or catching up; it is tried again by itself.",
    });
  }
  const code = byKafka.get(kafkaCode) ?? "E_INTERNAL";
  return new EgxError(code, `${what}: ${nameOf(kafkaCode)}`, { cause, details });
}

/** Whatever a request failed with, as one of the log's errors; `what` says what was wanted. */
export function failureOf(error: unknown, what: string): EgxError {
  if (error instanceof EgxError) return error;
  const kafkaCode = kafkaCodeOf(error);
  if (kafkaCode !== undefined) return refusal(kafkaCode, what, error);
  const all = withCauses(error);
  if (all.some(isTrustFailure)) {
    return new EgxError("E_LOG_FORBIDDEN", `${what}: ${messageOf(all.at(-1))}`, {
      cause: error,
      hint: "Check KAFKA_SSL_*: the authority, the client's certificate, and whether this port speaks TLS.",
    });
  }
  if (all.some((each) => each instanceof AuthenticationError) && !isConnectionLoss(all)) {
    return new EgxError("E_LOG_FORBIDDEN", `${what}: ${messageOf(all.at(-1))}`, { cause: error });
  }
  if (all.some((each) => each instanceof NetworkError || isTimeout(each) || isSystem(each))) {
    return new EgxError("E_LOG_UNREACHABLE", `${what}: ${messageOf(all.at(-1))}`, { cause: error });
  }
  return new EgxError("E_INTERNAL", `${what}: ${messageOf(error)}`, { cause: error });
}

/** Kafka's number of the first refusal in an error, or undefined when no broker refused. */
export function kafkaCodeOf(error: unknown): number | undefined {
  if (error instanceof EgxError) {
    const { kafkaCode } = error.details;
    return typeof kafkaCode === "number" ? kafkaCode : undefined;
  }
  for (const each of withCauses(error)) {
    if (!(each instanceof ProtocolError)) continue;
    const code: unknown = each["apiCode"];
    if (typeof code === "number") return code;
  }
  return undefined;
}

/** The member id that a group gave with its refusal of a join without one. */
export function memberIdOf(error: unknown): string | undefined {
  for (const each of withCauses(error)) {
    if (!(each instanceof ProtocolError)) continue;
    const memberId: unknown = each["memberId"];
    if (typeof memberId === "string" && memberId !== "") return memberId;
  }
  return undefined;
}

function nameOf(kafkaCode: number): string {
  const found = Object.entries(kafkaErrors).find(([, code]) => code === kafkaCode);
  const words = found?.[0].replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words ?? `Kafka's error ${kafkaCode}`;
}

/** The error, those it collects and those that caused it, outermost first. */
function withCauses(error: unknown): readonly Error[] {
  if (!(error instanceof Error)) return [];
  const collected: readonly unknown[] = error instanceof MultipleErrors ? error.errors : [];
  return [error, ...collected.flatMap(withCauses), ...withCauses(error.cause)];
}

/** A certificate that is not trusted, or one side that speaks TLS where the other does not. */
function isTrustFailure(error: Error): boolean {
  if (error instanceof UserError) return true;
  const code = systemCodeOf(error) ?? "";
  return /^(ERR_SSL|ERR_TLS|ERR_OSSL|EPROTO$|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code);
}

/** An authentication that failed because the connection did says nothing of credentials. */
function isConnectionLoss(all: readonly Error[]): boolean {
  const refused = all.findIndex((each) => each instanceof AuthenticationError);
  return all.slice(refused + 1).some((each) => each instanceof NetworkError || isTimeout(each));
}

/** The library's TimeoutError carries the code of its NetworkError and is not one. */
function isTimeout(error: Error): boolean {
  return systemCodeOf(error) === "PLT_KFK_NETWORK" || systemCodeOf(error) === "PLT_KFK_TIMEOUT";
}

function isSystem(error: Error): boolean {
  return /^E[A-Z_]+$/.test(systemCodeOf(error) ?? "");
}
