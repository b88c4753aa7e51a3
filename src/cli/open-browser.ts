import open from "open";

/** Opens an address in the person's browser; rejects where there is none. */
export async function openBrowser(url: string): Promise<void> {
  const child = await open(url);
  child.unref();
}
