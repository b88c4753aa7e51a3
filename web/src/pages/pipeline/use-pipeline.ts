import type { PipelineAnswer } from "../../../../src/serve/api/pipeline.ts";
import { useAnswer } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import type { PageProps } from "../../page.ts";
import { useEffect, useState } from "../../view.ts";

export interface WatchedPipeline {
  /** The newest state; null before the first one. */
  readonly pipeline: PipelineAnswer | null;
  readonly error: unknown;
  readonly again: () => void;
}

/** The pipeline as it is now, brought up to date by a stream for as long as the page is seen. */
export function usePipeline({ api, live }: PageProps): WatchedPipeline {
  const connected = useStore(live.connected);
  const [streamed, setStreamed] = useState<PipelineAnswer | null>(null);
  const { answer, error, again } = useAnswer(
    async (signal) => api.get<PipelineAnswer>("/pipeline", {}, signal),
    "pipeline",
    // After a break what was streamed before it is old.
    [connected],
  );
  useEffect(
    () =>
      api.stream({
        query: { kinds: "pipeline" },
        onEvent: (event) => {
          if (event.name === "pipeline") setStreamed(event.data);
        },
      }),
    [api],
  );
  const newer = newerOf(answer, streamed);
  return { pipeline: newer, error: newer === null ? error : null, again };
}

function newerOf(left: PipelineAnswer | null, right: PipelineAnswer | null): PipelineAnswer | null {
  if (left === null || right === null) return left ?? right;
  return Date.parse(left.serverTime) > Date.parse(right.serverTime) ? left : right;
}
