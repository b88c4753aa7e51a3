import { z } from "../../base/schema.ts";
import { optional, setting } from "./setting.ts";
import * as value from "./values.ts";

/** One of a few words in any case, as librdkafka and the Java clients take them. */
function word<const C extends string>(...choices: readonly C[]): value.Value<C> {
  return z
    .string()
    .toUpperCase()
    .pipe(value.choice(...choices));
}

/**
 * How brokers are spoken to. They have no flags: what is secret must not stand in a list of
 * processes, and the rest belongs to it. The names are librdkafka's, in the environment's spelling.
 */
export const kafkaSettings = {
  kafkaProtocol: setting(optional(word("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")), {
    flags: [],
    argument: null,
    env: "KAFKA_SECURITY_PROTOCOL",
    fallback: null,
    fallbackNote: "what the others imply",
    meaning: "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.",
  }),
  kafkaMechanism: setting(optional(word("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")), {
    flags: [],
    argument: null,
    env: "KAFKA_SASL_MECHANISM",
    fallback: null,
    fallbackNote: "PLAIN",
    meaning: "How to log in: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.",
  }),
  kafkaUsername: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "KAFKA_SASL_USERNAME",
    fallback: null,
    fallbackNote: "no login",
    meaning: "Who logs in.",
  }),
  kafkaPassword: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "KAFKA_SASL_PASSWORD",
    fallback: null,
    fallbackNote: "no login",
    meaning: "The password.",
  }),
  kafkaCaPath: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "KAFKA_SSL_CA_LOCATION",
    fallback: null,
    fallbackNote: "the well-known authorities",
    meaning: "PEM file with the authority that signed the brokers' certificates.",
  }),
  kafkaCertificatePath: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "KAFKA_SSL_CERTIFICATE_LOCATION",
    fallback: null,
    fallbackNote: "none is shown",
    meaning: "PEM file with our own certificate, where brokers ask for one.",
  }),
  kafkaKeyPath: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "KAFKA_SSL_KEY_LOCATION",
    fallback: null,
    fallbackNote: "none",
    meaning: "PEM file with the key of our certificate.",
  }),
  kafkaKeyPassword: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "KAFKA_SSL_KEY_PASSWORD",
    fallback: null,
    fallbackNote: "the key is not encrypted",
    meaning: "Opens an encrypted key.",
  }),
};
