import { join } from "node:path";

/** What one broker's server.properties is made of. */
export interface BrokerSettings {
  readonly id: number;
  readonly folder: string;
  readonly clientPort: number;
  /** The port that clients are told to use: the listener's own, or a proxy's before it. */
  readonly advertisedPort: number;
  readonly brokerPort: number;
  readonly controllerPort: number;
}

export interface ClusterSettings {
  readonly brokers: readonly BrokerSettings[];
  /** Names and passwords that may log in, by PLAIN and SCRAM; the first may do everything. */
  readonly users: Readonly<Record<string, string>>;
  /** Folder with `server.pem` and `ca.pem`; null leaves clients unencrypted. */
  readonly certificates: string | null;
  readonly extra: Readonly<Record<string, string>>;
}

/** The text of server.properties for one broker (and controller) of the cluster. */
export function brokerProperties(cluster: ClusterSettings, broker: BrokerSettings): string {
  const copies = String(Math.min(cluster.brokers.length, 3));
  const inSync = cluster.brokers.length > 1 ? "2" : "1";
  const voters = cluster.brokers.map((each) => `${each.id}@127.0.0.1:${each.controllerPort}`);
  const properties: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": String(broker.id),
    "controller.quorum.voters": voters.join(","),
    listeners: [
      `CLIENT://127.0.0.1:${broker.clientPort}`,
      `BROKER://127.0.0.1:${broker.brokerPort}`,
      `CONTROLLER://127.0.0.1:${broker.controllerPort}`,
    ].join(","),
    "advertised.listeners": [
      `CLIENT://127.0.0.1:${broker.advertisedPort}`,
      `BROKER://127.0.0.1:${broker.brokerPort}`,
    ].join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "BROKER",
    "listener.security.protocol.map": `CLIENT:${clientProtocol(cluster)},BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    "log.dirs": join(broker.folder, "data"),
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": copies,
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": inSync,
    "share.coordinator.state.topic.num.partitions": "2",
    "share.coordinator.state.topic.replication.factor": copies,
    "share.coordinator.state.topic.min.isr": inSync,
    "default.replication.factor": copies,
    "min.insync.replicas": inSync,
    // Groups settle within moments, and a test need not wait 45 s for a dead member.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "500",
    "group.consumer.min.session.timeout.ms": "500",
    "group.consumer.session.timeout.ms": "10000",
    "group.consumer.min.heartbeat.interval.ms": "100",
    "group.consumer.heartbeat.interval.ms": "1000",
    // Retention is looked at often, so that a test sees it.
    "log.retention.check.interval.ms": "1000",
    "log.initial.task.delay.ms": "500",
    ...userProperties(cluster.users),
    ...tlsProperties(cluster.certificates),
    ...cluster.extra,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

function clientProtocol(cluster: ClusterSettings): string {
  const sasl = Object.keys(cluster.users).length > 0;
  if (cluster.certificates !== null) return sasl ? "SASL_SSL" : "SSL";
  return sasl ? "SASL_PLAINTEXT" : "PLAINTEXT";
}

function userProperties(users: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(users);
  const [admin] = names;
  if (admin === undefined) return {};
  const logins = names.map((name) => `user_${name}="${users[name] ?? ""}"`).join(" ");
  const modules = "org.apache.kafka.common.security";
  const scram = `${modules}.scram.ScramLoginModule required;`;
  return {
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.client.plain.sasl.jaas.config": `${modules}.plain.PlainLoginModule required ${logins};`,
    "listener.name.client.scram-sha-256.sasl.jaas.config": scram,
    "listener.name.client.scram-sha-512.sasl.jaas.config": scram,
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    // The brokers' own listeners know no users.
    "super.users": `User:ANONYMOUS;User:${admin}`,
  };
}

function tlsProperties(certificates: string | null): Record<string, string> {
  if (certificates === null) return {};
  return {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": join(certificates, "server.pem"),
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": join(certificates, "ca.pem"),
    // Without the listener named it is not asked for where a login is.
    "listener.name.client.ssl.client.auth": "required",
  };
}
