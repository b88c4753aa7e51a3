import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import { EgxError } from "../../base/errors.ts";

/** Who may ask. */
export interface AccessOptions {
  /** The address that is listened on. */
  readonly host: string;
  /** What every request has to prove; null on the loopback address without one. */
  readonly token: string | null;
  readonly clock: Clock;
}

export interface AskedFrom {
  readonly method: string;
  readonly path: string;
  readonly header: (name: string) => string | undefined;
}

const cookieName = "egx_session";
const loopbackNames = new Set(["127.0.0.1", "localhost", "[::1]"]);
const hostPattern = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::\d{1,5})?$/i;
/** Open to all: they say nothing of the data. */
const openPaths = new Set(["/livez", "/readyz", "/login", "/login.js"]);
/** A wrong token is answered after this time, one at a time. */
const wrongTokenMs = 500;
/** Wrong tokens that wait at once; each is a request that is at work. */
const wrongTokensMax = 8;

/** Whether an address is this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Checks that a request comes from where it may: host name, site and token. */
export class Access {
  readonly #options: AccessOptions;
  /** Of this process: a cookie of an earlier one asks for the token again. */
  readonly #secret = randomBytes(32);
  #wrong: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  get needsToken(): boolean {
    return this.#options.token !== null;
  }

  /** @throws E_HTTP_FORBIDDEN, E_HTTP_UNAUTHORIZED. */
  check(asked: AskedFrom): void {
    this.#checkHost(asked);
    checkSite(asked);
    const { token } = this.#options;
    if (token === null || openPaths.has(asked.path)) return;
    if (!this.#isKnown(asked, token)) {
      throw new EgxError("E_HTTP_UNAUTHORIZED", "this server asks for its token");
    }
  }

  /**
   * The cookie of who has given the right token; null, after a while, for a wrong one. Wrong ones
   * wait in a line, so that guessing takes its time.
   * @throws E_HTTP_BUSY when the line is full.
   */
  async signIn(given: string): Promise<string | null> {
    const { token, clock } = this.#options;
    if (token !== null && sameText(given, token)) {
      return `${cookieName}=${this.#proof(token)}; HttpOnly; SameSite=Strict; Path=/`;
    }
    if (this.#waiting >= wrongTokensMax) {
      throw new EgxError("E_HTTP_BUSY", "too many wrong tokens are being answered");
    }
    this.#waiting += 1;
    const before = this.#wrong;
    this.#wrong = (async () => {
      await before;
      await clock.sleep(wrongTokenMs);
      this.#waiting -= 1;
    })();
    await this.#wrong;
    return null;
  }

  /** A name that leads here without being ours is another site that has pointed its own at us. */
  #checkHost({ header }: AskedFrom): void {
    const given = header("host") ?? "";
    const name = hostPattern.exec(given)?.[1]?.toLowerCase();
    const known = this.#options.token !== null && !isLoopback(this.#options.host);
    if (name !== undefined && (known || loopbackNames.has(name))) return;
    throw new EgxError("E_HTTP_FORBIDDEN", "the request names another host");
  }

  #isKnown({ header }: AskedFrom, token: string): boolean {
    const [, bearer] = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header("authorization") ?? "") ?? [];
    if (bearer !== undefined) return sameText(bearer, token);
    const cookies = (header("cookie") ?? "").split(";").map((part) => part.trim());
    const cookie = cookies.find((part) => part.startsWith(`${cookieName}=`));
    return cookie !== undefined && sameText(cookie.split("=")[1] ?? "", this.#proof(token));
  }

  #proof(token: string): string {
    return createHmac("sha256", this.#secret).update(token).digest("hex");
  }
}

/** What changes something is not done for other sites' pages. */
function checkSite({ method, header }: AskedFrom): void {
  if (method === "GET" || method === "HEAD") return;
  const site = header("sec-fetch-site");
  const origin = header("origin");
  const foreign = origin !== undefined && URL.parse(origin)?.host !== header("host");
  if (foreign || (site !== undefined && site !== "same-origin" && site !== "none")) {
    throw new EgxError("E_HTTP_FORBIDDEN", "the request comes from another site");
  }
}

/** Takes the same time wherever two texts differ. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHmac("sha256", "egx").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
