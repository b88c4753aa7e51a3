/** Who works with a bucket; `deploy/iam/` has the policy of each. */
export type Role = (typeof roles)[number];
export const roles = ["uploader", "consumer", "reader", "admin"] as const;

/** What can be done with objects. */
export type Action = (typeof actions)[number];
/** In the order in which they are tried: what was put is read, and then deleted. */
export const actions = ["put", "list", "get", "delete"] as const;

/** Where in the bucket; the last one stands for all that no role but the admin's writes to. */
export type Place = (typeof places)[number];
export const places = [
  "streaming/",
  "batch/",
  "silver/",
  "_ledger/",
  "_dead/",
  "elsewhere/",
] as const;

const consumed: readonly Place[] = ["streaming/", "_ledger/", "_dead/"];
const rights: Readonly<Record<Role, Readonly<Record<Action, readonly Place[]>>>> = {
  uploader: { put: ["streaming/", "batch/"], list: [], get: [], delete: [] },
  consumer: { put: consumed, list: consumed, get: consumed, delete: [] },
  reader: { put: [], list: places, get: places, delete: [] },
  admin: { put: places, list: places, get: places, delete: places },
};

/** Whether the role's policy allows it. */
export function isRight(role: Role, action: Action, place: Place): boolean {
  return rights[role][action].includes(place);
}
