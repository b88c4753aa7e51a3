/** Where a consumer can die between two steps of the protocol, in the order in which it goes. */
export const steps = [
  "before the claim",
  "after the claim",
  "amid the objects of a takeover",
  "after finishing the last entry",
  "before the copies of dead letters",
  "after the copies of dead letters",
  "amid the objects",
  "after finding the chain's end",
  "after the objects",
  "after the commit",
  "before noting the end",
  "after noting the end",
] as const;

export type Step = (typeof steps)[number];
