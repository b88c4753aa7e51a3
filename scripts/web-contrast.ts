/** Pairs of tokens of which the first is read on the second, with the ratio that WCAG AA asks for. */
const pairs: readonly (readonly [ink: string, ground: string, ratio: number])[] = [
  ...["text", "muted", "link", "up", "down", "warn", "revised", "sim"].flatMap(
    (ink) =>
      [
        [ink, "bg", 4.5],
        [ink, "surface", 4.5],
      ] as const,
  ),
  ["border", "bg", 3],
  ["border", "surface", 3],
  ...["delayed", "down", "closed", "sim"].map(
    (name) => [`chip-${name}`, `chip-${name}-bg`, 4.5] as const,
  ),
  ...["down-3", "down-2", "down-1", "flat", "up-1", "up-2", "up-3"].map(
    (name) => [`heat-${name}-ink`, `heat-${name}`, 4.5] as const,
  ),
  ...["1", "2", "3", "4", "5"].map((name) => [`step-${name}-ink`, `step-${name}`, 4.5] as const),
];

type Tokens = ReadonlyMap<string, string>;

/** What of a style sheet's colour tokens has too little contrast, in each theme and palette. */
export function contrastFailures(css: string): readonly string[] {
  const blocks = tokenBlocks(css);
  const light = blocks.get(":root");
  const dark = blocks.get(':root[data-theme="dark"]');
  const lightBlind = blocks.get(':root[data-palette="cb"]');
  const darkBlind = blocks.get(':root[data-theme="dark"][data-palette="cb"]');
  if (!light || !dark || !lightBlind || !darkBlind) return ["a theme or palette has no tokens"];
  return [
    ...failuresIn("light", light),
    ...failuresIn("dark", new Map([...light, ...dark])),
    ...failuresIn("light, colour-blind", new Map([...light, ...lightBlind])),
    ...failuresIn("dark, colour-blind", new Map([...light, ...dark, ...darkBlind])),
  ];
}

/** The contrast of two colours, `#14181f`, by WCAG: from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function failuresIn(theme: string, tokens: Tokens): readonly string[] {
  return pairs.flatMap(([ink, ground, wanted]) => {
    const [inkColour, groundColour] = [tokens.get(ink), tokens.get(ground)];
    if (inkColour === undefined || groundColour === undefined) {
      return [`${theme}: --${ink} or --${ground} is no colour`];
    }
    const found = contrast(inkColour, groundColour);
    if (found >= wanted) return [];
    return [`${theme}: --${ink} on --${ground} has ${found.toFixed(2)}:1 of ${wanted}:1`];
  });
}

/** The colours of each rule by their names. */
function tokenBlocks(css: string): ReadonlyMap<string, Tokens> {
  const blocks = new Map<string, Tokens>();
  for (const [, selector = "", body = ""] of css.matchAll(/^(:root\S*) \{([^}]*)\}/gm)) {
    const found = body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g);
    blocks.set(selector, new Map(Array.from(found, ([, name = "", value = ""]) => [name, value])));
  }
  return blocks;
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
