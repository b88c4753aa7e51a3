import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";
import { findTool, needTools, runTool, ServiceError } from "./tools.ts";

/** Debian's packages: the browser, letters for Latin, and letters for Arabic. */
const packages = ["chromium", "fonts-dejavu-core", "fonts-noto-core"];
const arabicFont = "/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf";

/** Whether the browser is there with letters for both languages. */
export function isChromiumInstalled(): boolean {
  return findTool("chromium") !== null && existsSync(arabicFont);
}

/**
 * Installs the browser into the system by apt-get, as root: its libraries and fonts are looked for
 * in fixed places, so it cannot live in the cache as other parts do.
 */
export async function installChromium(): Promise<"installed" | "was installed"> {
  if (isChromiumInstalled()) return "was installed";
  needTools("chromium", ["apt-get"]);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const install = {
    command: "apt-get",
    args: ["install", "-y", "--no-install-recommends", ...packages],
    env,
  };
  try {
    await runTool(install);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    // A fresh machine has no lists of packages yet.
    await runTool({ command: "apt-get", args: ["update"], env });
    await runTool(install);
  }
  return "installed";
}

/** Starts the browser without a window, and so that it asks nothing of anybody by itself. */
export async function launchChromium(): Promise<Browser> {
  const path = findTool("chromium");
  if (path === null || !isChromiumInstalled()) {
    throw new ServiceError("chromium is not installed: npm run services -- install chromium");
  }
  return chromium.launch({
    executablePath: path,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
