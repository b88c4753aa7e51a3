import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { suite, test, type TestContext } from "node:test";
import { partFolder } from "../../scripts/services/cache.ts";
import { goProgramPath } from "../../scripts/services/go-program.ts";
import { installKafka, kafkaVersion } from "../../scripts/services/kafka.ts";
import { installMinio, minioProgram } from "../../scripts/services/minio.ts";
import { freePorts } from "../../scripts/services/ports.ts";
import { findTool } from "../../scripts/services/tools.ts";
import { mainFile, temporaryFolder } from "../cli/run-egx.ts";
import { readCompose, type Compose, type ComposeService } from "../support/compose.ts";
import { skipWithoutKafka } from "../support/services-kafka.ts";
import { skipWithoutMinio } from "../support/services-minio.ts";

const skip = skipWithoutKafka === false ? skipWithoutMinio : skipWithoutKafka;
/** Ports of compose.yaml. */
const composePorts = ["9092", "19092", "29093", "9000", "9001", "9464", "9465"];

suite("compose.yaml, run without containers", { skip }, () => {
  test("each service as it is written is healthy, and bars come to silver", async (t) => {
    await Promise.all([installKafka(), installMinio()]);
    const world = await World.make(t, {
      EGX_FLUSH_INTERVAL: "1",
      SILVER_EVERY_SECONDS: "1",
      EGX_SYMBOLS: "ZDOP,ZRAM",
    });
    world.start("kafka");
    world.start("minio");
    for (const name of ["producer", "consumer", "silver"]) {
      for (const other of world.waitsFor(name)) await world.healthy(other);
      world.start(name);
    }
    await world.healthy("producer");
    await world.said("consumer", /stored \d+ records/);
    await world.said("silver", /^rows +[1-9]/m);
    await world.healthy("silver");
    for (const name of ["silver", "consumer", "producer"]) {
      assert.equal(await world.stop(name), 0, `${name}: ${world.output(name)}`);
    }
  });
});

interface Running {
  readonly child: ChildProcess;
  output: string;
}

/** The services as processes of this machine: other ports and folders, the same words. */
class World {
  readonly #compose: Compose;
  readonly #folder: string;
  readonly #ports: ReadonlyMap<string, number>;
  readonly #running = new Map<string, Running>();

  static async make(t: TestContext, variables: Readonly<Record<string, string>>): Promise<World> {
    const free = await freePorts(composePorts.length);
    const ports = new Map(composePorts.map((port, index) => [port, free[index] ?? 0]));
    const world = new World(readCompose(variables), temporaryFolder(t), ports);
    t.after(async () => {
      await Promise.all([...world.#running.keys()].map(async (name) => world.stop(name)));
    });
    return world;
  }

  private constructor(compose: Compose, folder: string, ports: ReadonlyMap<string, number>) {
    this.#compose = compose;
    this.#folder = folder;
    this.#ports = ports;
  }

  waitsFor(name: string): readonly string[] {
    return Object.keys(this.#service(name).depends_on ?? {});
  }

  output(name: string): string {
    return this.#running.get(name)?.output ?? "";
  }

  start(name: string): void {
    const service = this.#service(name);
    const [command, ...args] = name === "kafka" ? this.#kafka(service) : this.#words(name, service);
    assert.ok(command !== undefined);
    const child = spawn(command, args, { env: this.#environment(service), cwd: this.#folder });
    const running: Running = { child, output: "" };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (running.output += text));
    }
    this.#running.set(name, running);
  }

  /** Runs the service's health check until it succeeds. */
  async healthy(name: string): Promise<void> {
    const service = this.#service(name);
    const [, ...words] = service.healthcheck.test;
    const [command = "", ...args] = this.#command(words.map((word) => this.#here(word)));
    const env = this.#environment(service);
    await this.#until(name, () => {
      const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: "utf8" });
      return { done: status === 0, told: `${stdout}${stderr}` };
    });
  }

  async said(name: string, pattern: RegExp): Promise<void> {
    await this.#until(name, () => ({ done: pattern.test(this.output(name)), told: "" }));
  }

  /** Stops it as Docker does and gives its exit code. */
  async stop(name: string): Promise<number | null> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    if (running === undefined) return null;
    const { child } = running;
    if (child.exitCode !== null) return child.exitCode;
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const insist = setTimeout(() => child.kill("SIGKILL"), 20_000);
    const code = await ended;
    clearTimeout(insist);
    return code;
  }

  #service(name: string): ComposeService {
    const service = this.#compose.services[name];
    assert.ok(service !== undefined, name);
    return service;
  }

  /** What would be run in the service's container, said for this machine. */
  #words(name: string, { entrypoint, command = [] }: ComposeService): readonly string[] {
    const image = name === "minio" ? ["minio"] : ["node", "dist/cli/main.js"];
    return this.#command([...(entrypoint ?? image), ...command].map((word) => this.#here(word)));
  }

  #command(words: readonly string[]): readonly string[] {
    const [first = "", second, ...rest] = words;
    if (first === "minio") return [goProgramPath(minioProgram), ...words.slice(1)];
    if (first === "node" && second === "dist/cli/main.js") {
      return [process.execPath, mainFile, ...rest];
    }
    if (first === "sh") {
      return words.map((word) =>
        word.replaceAll("node dist/cli/main.js", `"${process.execPath}" "${mainFile}"`),
      );
    }
    const tool = /^\/opt\/kafka\/bin\/kafka-topics\.sh$/.test(first);
    if (tool) return [...java(), "org.apache.kafka.tools.TopicCommand", ...words.slice(1)];
    assert.ok(findTool(first) !== null, `${first} is a command of no image here`);
    return words;
  }

  /** Addresses and folders of the containers as those of this machine. */
  #here(word: string): string {
    return (
      word
        .replaceAll(/(?:kafka|minio|localhost|127\.0\.0\.1)?:(\d+)\b/g, (all, port: string) => {
          const own = this.#ports.get(port);
          return own === undefined ? all : `127.0.0.1:${own}`;
        })
        .replace(/^\d+$/, (port) => String(this.#ports.get(port) ?? port))
        // What is served to other containers is here served to this machine alone.
        .replace(/^::$/, "127.0.0.1")
        .replace(/^\/data$|^\/var\/lib\/kafka\/data$/, (path) => join(this.#folder, path))
    );
  }

  /** Nothing but the service's own variables, and what finds programs. */
  #environment({ environment = {} }: ComposeService): Record<string, string> {
    const own: Record<string, string> = {
      PATH: process.env["PATH"] ?? "",
      HOME: this.#folder,
    };
    for (const [key, text] of Object.entries(environment)) own[key] = this.#here(text);
    return own;
  }

  /** The image makes server.properties of the variables, formats the folder and starts. */
  #kafka({ environment = {} }: ComposeService): readonly string[] {
    const lines = Object.entries(environment)
      .filter(([key]) => key.startsWith("KAFKA_"))
      .map(([key, text]) => {
        const words = key.slice("KAFKA_".length).toLowerCase().replaceAll("_", ".");
        return `${words}=${this.#here(text)}\n`;
      });
    const properties = join(this.#folder, "server.properties");
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(properties, lines.join(""));
    const [command = "", ...args] = java();
    const format = ["kafka.tools.StorageTool", "format", "-t", environment["CLUSTER_ID"] ?? ""];
    const made = spawnSync(command, [...args, ...format, "-c", properties], { encoding: "utf8" });
    assert.equal(made.status, 0, made.stderr + made.stdout);
    return [...java(), "kafka.Kafka", properties];
  }

  async #until(
    name: string,
    look: () => { readonly done: boolean; readonly told: string },
  ): Promise<void> {
    for (let looks = 0; looks < 300; looks += 1) {
      const { done, told } = look();
      if (done) return;
      const code = this.#running.get(name)?.child.exitCode ?? null;
      assert.equal(code, null, `${name} ended: ${this.output(name)}`);
      if (looks === 299) assert.fail(`${name}: ${told}${this.output(name)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function java(): readonly string[] {
  return ["java", "-Xmx256m", "-cp", join(partFolder("kafka", kafkaVersion), "libs", "*")];
}
