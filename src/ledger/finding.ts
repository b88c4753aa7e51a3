/** Something that is not as the ledger says. */
export interface Finding {
  readonly kind: "missing" | "damaged" | "stray" | "hole";
  readonly key: string;
  readonly text: string;
}
