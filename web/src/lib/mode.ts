import type { StatusAnswer } from "../../../src/serve/api/status.ts";

/** What is to be said about the numbers on the page; the worst first. */
export type ModeFact =
  | { readonly kind: "disconnected" }
  | { readonly kind: "feed-down"; readonly since: string }
  | { readonly kind: "simulated" }
  | { readonly kind: "replay"; readonly speed: number }
  | { readonly kind: "delayed"; readonly minutes: number }
  | { readonly kind: "live" }
  | { readonly kind: "stored" }
  | { readonly kind: "unknown" };

/**
 * What the mode chips say: whether the server and the feed are heard, then what the numbers are.
 * There is always at least one. Whether the market is open is said by the clock beside them.
 */
export function modeFacts(
  status: StatusAnswer | null,
  connected: boolean | null,
): readonly ModeFact[] {
  const facts: ModeFact[] = connected === false ? [{ kind: "disconnected" }] : [];
  if (status === null) return facts.length > 0 ? facts : [{ kind: "unknown" }];
  if (status.feedDown !== null) facts.push({ kind: "feed-down", since: status.feedDown.since });
  return [...facts, ...provenance(status)];
}

function provenance({ mode }: StatusAnswer): readonly ModeFact[] {
  const speed = mode.replaySpeed;
  const replay: readonly ModeFact[] = speed === null ? [] : [{ kind: "replay", speed }];
  if (mode.data === "simulated") return [{ kind: "simulated" }, ...replay];
  if (replay.length > 0) return replay;
  if (mode.feed === null) return [{ kind: mode.data === "unknown" ? "unknown" : "stored" }];
  const minutes = Math.round((mode.delaySeconds ?? 0) / 60);
  if (minutes > 0) return [{ kind: "delayed", minutes }];
  return [{ kind: mode.delaySeconds === null ? "unknown" : "live" }];
}

/**
 * Whether sessions are played, made up or recorded, with a clock of their own: whether the exchange
 * is open then says nothing of them. Null where bars come as they are traded, or not at all.
 */
export function playedKind(status: StatusAnswer | null): "simulated" | "recorded" | null {
  if (status === null || status.mode.feed === null) return null;
  if (status.mode.data === "simulated") return "simulated";
  return status.mode.replaySpeed === null ? null : "recorded";
}
