/**
 * What this folder needs of Kafka's wire protocol. It is the one file that knows the client
 * library, of which it takes the lowest layer: connections (TCP, TLS, SASL) and the encoders and
 * decoders of single requests. What to send, when to send it again and what an answer means is
 * decided in the files beside it; docs/decisions/0001-kafka-client.md says why.
 *
 * The request versions are ones that every broker since Kafka 3.1 speaks.
 */
import {
  apiVersionsV3,
  AuthenticationError,
  compressionsAlgorithmsByBitmask,
  Connection,
  crc32c,
  createAPI,
  createTopicsV7,
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  deleteTopicsV6,
  describeConfigsV4,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
  fetchV13,
  findCoordinatorV4,
  heartbeatV4,
  initProducerIdV4,
  joinGroupV9,
  leaveGroupV5,
  listOffsetsV7,
  metadataV12,
  MultipleErrors,
  NetworkError,
  offsetCommitV8,
  offsetDeleteV0,
  offsetFetchV8,
  ProtocolError,
  syncGroupV5,
  UserError,
  Writer,
} from "@platformatic/kafka";
import {
  parseFetch,
  parseMetadata,
  parseProduce,
  type FetchAnswer,
  type MetadataAnswer,
  type ProducedPartition,
} from "./answers.ts";

export {
  AuthenticationError,
  compressionsAlgorithmsByBitmask,
  Connection,
  crc32c,
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
  MultipleErrors,
  NetworkError,
  ProtocolError,
  UserError,
};

/** Record batches to store, by partition of one topic. */
export type ProduceArguments = [
  topic: string,
  timeoutMs: number,
  batches: readonly PartitionBatch[],
];

export interface PartitionBatch {
  readonly partition: number;
  readonly batch: Buffer;
}

/** One request each; they reject with the library's errors, which `errors.ts` understands. */
export const requests = {
  apiVersions: apiVersionsV3.api.async,
  createTopics: createTopicsV7.api.async,
  deleteTopics: deleteTopicsV6.api.async,
  describeConfigs: describeConfigsV4.api.async,
  findCoordinator: findCoordinatorV4.api.async,
  heartbeat: heartbeatV4.api.async,
  initProducerId: initProducerIdV4.api.async,
  joinGroup: joinGroupV9.api.async,
  leaveGroup: leaveGroupV5.api.async,
  listOffsets: listOffsetsV7.api.async,
  offsetCommit: offsetCommitV8.api.async,
  offsetDelete: offsetDeleteV0.api.async,
  offsetFetch: offsetFetchV8.api.async,
  syncGroup: syncGroupV5.api.async,

  // The library's decoders of these throw when any part of an answer is an error, and unpack every
  // record at once; ours give all parts, and batches as they are stored.
  fetch: createAPI<fetchV13.FetchRequest, FetchAnswer>(
    1,
    13,
    fetchV13.createRequest,
    (_correlation, _key, _version, reader) => parseFetch(reader),
  ).async,
  metadata: createAPI<metadataV12.MetadataRequest, MetadataAnswer>(
    3,
    12,
    metadataV12.createRequest,
    (_correlation, _key, _version, reader) => parseMetadata(reader),
  ).async,
  produce: createAPI<ProduceArguments, readonly ProducedPartition[]>(
    0,
    9,
    produceRequest,
    (_correlation, _key, _version, reader) => parseProduce(reader),
  ).async,
} as const;

/** Produce, version 9, acknowledged by all replicas in sync. */
function produceRequest(...[topic, timeoutMs, batches]: ProduceArguments): Writer {
  return Writer.create()
    .appendString(null) // no transaction
    .appendInt16(-1)
    .appendInt32(timeoutMs)
    .appendArray([topic], (topicWriter, name) => {
      topicWriter.appendString(name).appendArray([...batches], (writer, { partition, batch }) => {
        writer.appendInt32(partition).appendBytes(batch);
      });
    })
    .appendTaggedFields();
}
