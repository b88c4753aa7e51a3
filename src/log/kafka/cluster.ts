import { isIP } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { MetadataAnswer, TopicMetadata } from "./answers.ts";
import { failureOf, isPassing, kafkaCodeOf, kafkaErrors, refusal } from "./errors.ts";
import { Connection, requests } from "./protocol.ts";

export interface KafkaSasl {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  readonly username: string;
  readonly password: string;
}

/** PEM texts, not paths. */
export interface KafkaTls {
  /** The authority that signed the brokers' certificates; the system's own when absent. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** The name that the brokers' certificates carry, where it is not the one connected to. */
  readonly serverName?: string;
}

export interface ClusterOptions {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly sasl?: KafkaSasl;
  readonly tls?: KafkaTls;
  readonly clock: Clock;
  readonly random: Random;
  /** How long one call goes on through elections and lost connections. */
  readonly callTimeoutMs: number;
  /** How long a broker may take to answer, beyond what a request itself asks it to wait. */
  readonly answerTimeoutMs: number;
}

/**
 * A broker answers the requests of one connection in turn, so whatever may wait (a fetch, a join)
 * has a lane of its own, which is one connection to each broker.
 */
export interface Lane {
  readonly name: string;
  /** The longest that its requests ask a broker to wait. */
  readonly waitMs: number;
}

/** For what is answered at once. */
export const mainLane: Lane = { name: "main", waitMs: 0 };

const connectTimeoutMs = 5_000;
const retryBaseMs = 50;
const retryCapMs = 1_000;

/** The brokers of a cluster: who leads what, and a connection to each broker and lane. */
export class Cluster {
  readonly options: ClusterOptions;
  readonly #connections = new Map<string, Promise<Connection>>();
  readonly #topics = new Map<string, TopicMetadata>();
  /** What last broke a connection to an address. */
  readonly #breaks = new Map<string, Error>();
  #addresses = new Map<number, string>();
  #isClosed = false;

  constructor(options: ClusterOptions) {
    this.options = options;
  }

  /** Finds out whether the brokers answer, let us in, and speak what is spoken here. */
  async open(): Promise<void> {
    for (const address of this.options.brokers) hostAndPort(address);
    const versions = await this.#onAny("the brokers", async (connection) =>
      requests.apiVersions(connection, "egx-pipeline", "1"),
    );
    // Fetch 13 names topics by their ids, so that a topic made again is not taken for the old one.
    const fetch = versions.apiKeys.find(({ apiKey }) => apiKey === 1);
    if (fetch === undefined || fetch.maxVersion < 13) {
      throw new EgxError("E_CONFIG", "the broker is older than Kafka 3.1", {
        hint: "Use Apache Kafka 3.1 or newer; 4.x is what is tested.",
      });
    }
    try {
      await this.metadata([]);
    } catch (error) {
      if (!(error instanceof EgxError) || error.code !== "E_LOG_UNREACHABLE") throw error;
      throw new EgxError("E_LOG_UNREACHABLE", error.message, {
        cause: error,
        ...(this.options.sasl === undefined
          ? { hint: "The broker hung up: it may want a login (KAFKA_SASL_*) on this port." }
          : {}),
      });
    }
  }

  /** Fresh metadata of these topics, or of all. */
  async metadata(topics: readonly string[] | null): Promise<MetadataAnswer> {
    const answer = await this.#onAny("the brokers' metadata", async (connection) =>
      requests.metadata(connection, topics === null ? null : [...topics], false, false),
    );
    this.#addresses = new Map(answer.brokers.map((at) => [at.id, `${at.host}:${at.port}`]));
    for (const topic of answer.topics) {
      if (topic.errorCode === kafkaErrors.none) this.#topics.set(topic.name, topic);
      else this.#topics.delete(topic.name);
    }
    return answer;
  }

  /**
   * The topic, from memory unless `fresh`; null when there is none.
   * @throws E_LOG_FORBIDDEN, E_LOG_UNREACHABLE
   */
  async findTopic(name: string, fresh = false): Promise<TopicMetadata | null> {
    const known = fresh ? undefined : this.#topics.get(name);
    if (known !== undefined) return known;
    const { topics } = await this.metadata([name]);
    const found = topics.find((topic) => topic.name === name);
    if (found === undefined || found.errorCode === kafkaErrors.unknownTopicOrPartition) return null;
    // A partition without a leader is for whoever needs it; the topic is there all the same.
    const isThere = [kafkaErrors.none, kafkaErrors.leaderNotAvailable].some(
      (code) => code === found.errorCode,
    );
    if (!isThere) throw refusal(found.errorCode, `topic ${name}`);
    return found;
  }

  /** The topic; E_LOG_TOPIC_UNKNOWN when there is none. */
  async topic(name: string, fresh = false): Promise<TopicMetadata> {
    const topic = await this.findTopic(name, fresh);
    if (topic === null) throw unknownTopic(name);
    return topic;
  }

  /** Forgets who leads, because somebody answered that he does not. */
  forget(topic: string): void {
    this.#topics.delete(topic);
  }

  /**
   * What a broker's refusal means. One that does not know a topic may only not have heard of it
   * yet: that passes, if the topic is there all the same.
   */
  async refusalFor(topic: string, kafkaCode: number, what: string): Promise<EgxError> {
    this.forget(topic);
    if (kafkaCode !== kafkaErrors.unknownTopicOrPartition) return refusal(kafkaCode, what);
    await this.topic(topic, true);
    return refusal(kafkaErrors.notLeaderOrFollower, what);
  }

  /** A connection to the leader of a partition. */
  async leader(topic: string, partition: number, lane: Lane): Promise<Connection> {
    const { leaders } = await this.topic(topic);
    const leader = leaders.get(partition);
    if (leader === undefined) throw unknownTopic(`${topic}/${partition}`);
    if (leader < 0) {
      this.forget(topic);
      throw refusal(kafkaErrors.leaderNotAvailable, `${topic}/${partition}`);
    }
    return this.broker(leader, lane);
  }

  /** A connection to a broker by its number. */
  async broker(id: number, lane: Lane): Promise<Connection> {
    const address = this.#addresses.get(id) ?? (await this.#addressOf(id));
    return this.#connection(address, lane);
  }

  /** Runs a request on whichever broker answers first. */
  async onAny<T>(what: string, request: (connection: Connection) => Promise<T>): Promise<T> {
    return this.retrying(what, async () => this.#onAny(what, request));
  }

  /**
   * Runs `attempt` again while the brokers are electing or a connection was lost, until the call's
   * time-out; then throws what it failed with last, as one of the log's errors.
   */
  async retrying<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const { clock, random, callTimeoutMs } = this.options;
    const deadlineMs = clock.monotonicMs() + callTimeoutMs;
    let ceilingMs = retryBaseMs;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const failure = failureOf(error, what);
        const kafkaCode = kafkaCodeOf(failure);
        const mayPass = kafkaCode === undefined ? failure.retryable : isPassing(kafkaCode);
        const waitMs = Math.ceil(random.next() * ceilingMs);
        const isLate = clock.monotonicMs() + waitMs >= deadlineMs;
        if (!mayPass || failure.code === "E_LOG_FORBIDDEN" || isLate || this.#isClosed) {
          throw failure;
        }
        await clock.sleep(waitMs);
        ceilingMs = Math.min(ceilingMs * 2, retryCapMs);
      }
    }
  }

  /** Drops a lane's connections, so that what waits there ends. */
  async dropLane(lane: Lane): Promise<void> {
    const all = [...this.#connections].filter(([key]) => key.endsWith(` ${lane.name}`));
    await Promise.all(all.map(async ([key]) => this.#drop(key)));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#connections.keys()].map(async (key) => this.#drop(key)));
  }

  async #onAny<T>(what: string, request: (connection: Connection) => Promise<T>): Promise<T> {
    let failure: EgxError | undefined;
    // Brokers that said where they are may be reached when none that was named can be.
    const addresses = new Set([...this.options.brokers, ...this.#addresses.values()]);
    for (const address of addresses) {
      try {
        return await request(await this.#connection(address, mainLane));
      } catch (error) {
        const cause = error instanceof EgxError ? error : (this.#breaks.get(address) ?? error);
        failure = failureOf(cause, `${what} at ${address}`);
        if (failure.code !== "E_LOG_UNREACHABLE") throw failure;
      }
    }
    throw failure ?? new EgxError("E_CONFIG", "no broker is named");
  }

  async #addressOf(id: number): Promise<string> {
    await this.metadata([]);
    const address = this.#addresses.get(id);
    if (address === undefined) throw refusal(kafkaErrors.leaderNotAvailable, `broker ${id}`);
    return address;
  }

  async #connection(address: string, lane: Lane): Promise<Connection> {
    if (this.#isClosed) throw new EgxError("E_ABORTED", "the log was closed");
    const key = `${address} ${lane.name}`;
    const known = this.#connections.get(key);
    if (known !== undefined) return known;
    // Not at once: a connection may fail before there is anything to forget.
    const connecting = Promise.resolve().then(async () =>
      this.#connect(address, lane, () => {
        if (this.#connections.get(key) === connecting) this.#connections.delete(key);
      }),
    );
    this.#connections.set(key, connecting);
    return connecting;
  }

  async #connect(address: string, lane: Lane, onGone: () => void): Promise<Connection> {
    const { clientId, sasl, tls, answerTimeoutMs } = this.options;
    const { host, port } = hostAndPort(address);
    const connection = new Connection(clientId, {
      connectTimeout: connectTimeoutMs,
      requestTimeout: answerTimeoutMs + lane.waitMs,
      ...(sasl === undefined ? {} : { sasl }),
      ...(tls === undefined ? {} : tlsOptions(tls, host)),
    });
    // The error of a socket comes here; the requests under way are told only that it closed.
    this.#breaks.delete(address);
    connection.on("error", (error) => {
      // The first one is the reason; what follows is only that the connection is gone.
      if (!this.#breaks.has(address)) this.#breaks.set(address, error);
      onGone();
    });
    connection.on("close", onGone);
    try {
      await connection.connect(host, port);
      return connection;
    } catch (error) {
      onGone();
      await connection.close();
      throw failureOf(this.#breaks.get(address) ?? error, `the broker at ${address}`);
    }
  }

  async #drop(key: string): Promise<void> {
    const connecting = this.#connections.get(key);
    this.#connections.delete(key);
    try {
      const connection = await connecting;
      await connection?.close();
    } catch (error) {
      // It never came to be, which whoever asked for it was told.
      if (!(error instanceof EgxError)) throw error;
    }
  }
}

function tlsOptions(tls: KafkaTls, host: string): ConstructorParameters<typeof Connection>[1] {
  const { ca, certificate, key, passphrase, serverName } = tls;
  return {
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
      ...(passphrase === undefined ? {} : { passphrase }),
    },
    // A name is sent along so that a host of many names shows the right certificate; an address
    // may not be.
    tlsServerName: serverName ?? isIP(host) === 0,
  };
}

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replaceAll(/[[\]]/g, "");
  const port = Number(address.slice(colon + 1));
  if (colon > 0 && Number.isInteger(port) && port > 0 && port < 65_536) return { host, port };
  throw new EgxError("E_CONFIG", `${address} is no broker's address`, {
    hint: "Give host:port, such as localhost:9092.",
  });
}

/** That a topic is not there. */
export function unknownTopic(name: string): EgxError {
  return new EgxError("E_LOG_TOPIC_UNKNOWN", `topic ${name} does not exist`, {
    details: { topic: name },
  });
}
