import { createServer } from "node:net";

/** What this process was given: a port that is not yet listened on looks free to the next who asks. */
const given = new Set<number>();

/**
 * Free TCP ports on 127.0.0.1, none of them twice. They are free when this returns; another process
 * can take one before it is used, so whoever listens on them begins again with others when that
 * happens.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const fresh = (await portsFreeNow(count - ports.length)).filter((port) => !given.has(port));
    for (const port of fresh) given.add(port);
    ports.push(...fresh);
  }
  return ports;
}

async function portsFreeNow(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(
      servers.map((server) => {
        const listening = Promise.withResolvers<number>();
        server.once("error", listening.reject);
        server.listen(0, "127.0.0.1", () => {
          const address = server.address();
          listening.resolve(address !== null && typeof address === "object" ? address.port : 0);
        });
        return listening.promise;
      }),
    );
  } finally {
    await Promise.all(
      servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  }
}

/** One free port; see {@link freePorts}. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port ?? 0;
}
