const datasetPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

/** `owner/set` of a set's name or of the address of its page; null for any other text. */
export function parseDataset(text: string): string | null {
  const [, named] = /^https:\/\/(?:www\.)?kaggle\.com\/datasets\/([^/]+\/[^/?#]+)/.exec(text) ?? [];
  const dataset = named ?? text;
  return datasetPattern.test(dataset) ? dataset : null;
}
