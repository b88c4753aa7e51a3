import { readFile } from "node:fs/promises";
import { EgxError, messageOf, systemCodeOf } from "../../base/errors.ts";
import { factsOf, type Config, type SettingName } from "./settings.ts";

export type KafkaSettings = Pick<
  Config,
  | "kafkaProtocol"
  | "kafkaMechanism"
  | "kafkaUsername"
  | "kafkaPassword"
  | "kafkaCaPath"
  | "kafkaCertificatePath"
  | "kafkaKeyPath"
  | "kafkaKeyPassword"
>;

/** How brokers are spoken to; certificates are still in their files. */
export interface KafkaSecurity {
  readonly sasl: KafkaLogin | null;
  readonly tls: KafkaCertificates | null;
}

interface KafkaLogin {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  readonly username: string;
  readonly password: string;
}

interface KafkaCertificates {
  readonly caPath: string | undefined;
  readonly certificatePath: string | undefined;
  readonly keyPath: string | undefined;
  readonly keyPassword: string | undefined;
}

const saslSettings = ["kafkaUsername", "kafkaPassword", "kafkaMechanism"] as const;
const tlsSettings = [
  "kafkaCaPath",
  "kafkaCertificatePath",
  "kafkaKeyPath",
  "kafkaKeyPassword",
] as const;

/**
 * What the settings mean together. Without a protocol, a login is used when one is given and TLS
 * when a file for it is.
 * @throws E_CONFIG when they contradict each other or one is missing: nobody who gave a password or
 *   an authority is to speak in the clear without knowing.
 */
export function kafkaSecurity(settings: KafkaSettings): KafkaSecurity {
  const login = saslSettings.find((name) => settings[name] !== undefined);
  const file = tlsSettings.find((name) => settings[name] !== undefined);
  const implied = `${login === undefined ? "" : "SASL_"}${file === undefined ? "PLAINTEXT" : "SSL"}`;
  const protocol = settings.kafkaProtocol ?? implied;
  const sasl = protocol.startsWith("SASL_");
  const tls = protocol.endsWith("SSL");
  if (login !== undefined && !sasl) throw contradiction(login, protocol, `SASL_${protocol}`);
  if (file !== undefined && !tls) {
    throw contradiction(file, protocol, protocol.replace("PLAINTEXT", "SSL"));
  }
  return { sasl: sasl ? loginOf(settings) : null, tls: tls ? certificatesOf(settings) : null };
}

function loginOf(settings: KafkaSettings): KafkaLogin {
  const { kafkaMechanism: mechanism = "PLAIN", kafkaUsername, kafkaPassword } = settings;
  if (kafkaUsername === undefined) throw missing("kafkaUsername", "a login needs a name");
  if (kafkaPassword === undefined) throw missing("kafkaPassword", "a login needs a password");
  return { mechanism, username: kafkaUsername, password: kafkaPassword };
}

function certificatesOf(settings: KafkaSettings): KafkaCertificates {
  const { kafkaCaPath, kafkaCertificatePath, kafkaKeyPath, kafkaKeyPassword } = settings;
  if (kafkaCertificatePath !== undefined && kafkaKeyPath === undefined) {
    throw missing("kafkaKeyPath", "a certificate needs its key");
  }
  if (kafkaCertificatePath === undefined && kafkaKeyPath !== undefined) {
    throw missing("kafkaCertificatePath", "a key needs its certificate");
  }
  return {
    caPath: kafkaCaPath,
    certificatePath: kafkaCertificatePath,
    keyPath: kafkaKeyPath,
    keyPassword: kafkaKeyPassword,
  };
}

/** The security as a client takes it: texts, not paths. */
export interface KafkaClientSecurity {
  readonly sasl?: KafkaLogin;
  readonly tls?: {
    readonly ca?: string;
    readonly certificate?: string;
    readonly key?: string;
    readonly passphrase?: string;
  };
}

/**
 * Reads the files.
 * @throws E_CONFIG that names the variable and the file that cannot be read.
 */
export async function readSecurity({ sasl, tls }: KafkaSecurity): Promise<KafkaClientSecurity> {
  const login = sasl === null ? {} : { sasl };
  if (tls === null) return login;
  const { caPath, certificatePath, keyPath, keyPassword } = tls;
  return {
    ...login,
    tls: {
      ...(caPath === undefined ? {} : { ca: await pem("kafkaCaPath", caPath) }),
      ...(certificatePath === undefined
        ? {}
        : { certificate: await pem("kafkaCertificatePath", certificatePath) }),
      ...(keyPath === undefined ? {} : { key: await pem("kafkaKeyPath", keyPath) }),
      ...(keyPassword === undefined ? {} : { passphrase: keyPassword }),
    },
  };
}

async function pem(name: SettingName, path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const why = systemCodeOf(error) ?? messageOf(error);
    throw new EgxError("E_CONFIG", `${variable(name)}: ${path} cannot be read (${why})`, {
      cause: error,
      hint: "Check the path and its rights.",
    });
  }
  if (text.includes("-----BEGIN ")) return text;
  throw new EgxError("E_CONFIG", `${variable(name)}: ${path} is no PEM file`, {
    hint: "It begins with -----BEGIN; convert others with openssl.",
  });
}

function contradiction(name: SettingName, protocol: string, other: string): EgxError {
  const [given, said] = [variable(name), variable("kafkaProtocol")];
  return new EgxError("E_CONFIG", `${given} is set, and ${said} is ${protocol}`, {
    hint: `Set ${said}=${other}, or unset ${given}.`,
  });
}

function missing(name: SettingName, why: string): EgxError {
  return new EgxError("E_CONFIG", `${variable(name)} is not set: ${why}`, {
    hint: `Set ${variable(name)}; see docs/kafka-and-s3.md.`,
  });
}

function variable(name: SettingName): string {
  return factsOf(name).env ?? name;
}
