import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { needTools, runTool } from "./tools.ts";

/** Certificates of an authority of our own, for tests: PEM files in one folder. */
export interface Certificates {
  readonly folder: string;
  /** The authority's certificate. */
  readonly ca: string;
  /** A client's certificate and key. */
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** Makes an authority, a server certificate for 127.0.0.1 and localhost, and a client certificate. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  needTools("TLS", ["openssl"]);
  const at = (name: string): string => join(folder, name);
  await openssl(folder, [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=egx test authority",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
  ]);
  await signed(folder, "server", "subjectAltName=IP:127.0.0.1,DNS:localhost");
  await signed(folder, "client", "extendedKeyUsage=clientAuth");
  const key = await readFile(at("server.key"), "utf8");
  const certificate = await readFile(at("server.crt"), "utf8");
  await writeFile(at("server.pem"), key + certificate + (await readFile(at("ca.pem"), "utf8")));
  return {
    folder,
    ca: at("ca.pem"),
    clientCertificate: at("client.crt"),
    clientKey: at("client.key"),
  };
}

async function signed(folder: string, name: string, extension: string): Promise<void> {
  const at = (ending: string): string => join(folder, `${name}.${ending}`);
  await openssl(folder, [
    "req",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-subj",
    `/CN=${name}`,
    "-keyout",
    at("key"),
    "-out",
    at("csr"),
  ]);
  await writeFile(at("ext"), `${extension}\n`);
  await openssl(folder, [
    "x509",
    "-req",
    "-days",
    "2",
    "-in",
    at("csr"),
    "-extfile",
    at("ext"),
    "-CA",
    join(folder, "ca.pem"),
    "-CAkey",
    join(folder, "ca.key"),
    "-CAcreateserial",
    "-out",
    at("crt"),
  ]);
}

async function openssl(folder: string, args: readonly string[]): Promise<void> {
  await runTool({ command: "openssl", args, cwd: folder });
}
