import type { PipelineAnswer } from "../../../src/serve/api/pipeline.ts";
import type { StatusAnswer } from "../../../src/serve/api/status.ts";
import type { Api } from "../api.ts";
import { isAbort } from "../api.ts";
import { createStore, type Store } from "../lib/store.ts";
import type { LiveEvent } from "./stream.ts";

/** What is live on every page. One stream serves the whole dashboard. */
export interface Live {
  /** The state of everything; null until it is known. */
  readonly status: Store<StatusAnswer | null>;
  /** The newest state of the pipeline that came by the stream; null until one has. */
  readonly pipeline: Store<PipelineAnswer | null>;
  /** Changes with every build of silver: a page asks for its snapshot again. */
  readonly silverDigest: Store<string | null>;
  /** Whether the server is heard; null before the first answer. */
  readonly connected: Store<boolean | null>;
  /** Server time minus this browser's, in milliseconds. */
  readonly skewMs: Store<number>;
  /** Counts up when events were lost for good and snapshots have to be asked for again. */
  readonly resets: Store<number>;
  /** Hears every event of the shell's stream: all bars among them. */
  onEvent(listener: (event: LiveEvent) => void): () => void;
}

/** Starts the dashboard's stream: the state first, then everything that comes after it. */
export function startLive(api: Api, nowMs: () => number): Live {
  const listeners = new Set<(event: LiveEvent) => void>();
  const live: Live = {
    status: createStore<StatusAnswer | null>(null),
    pipeline: createStore<PipelineAnswer | null>(null),
    silverDigest: createStore<string | null>(null),
    connected: createStore<boolean | null>(null),
    skewMs: createStore(0),
    resets: createStore(0),
    onEvent: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
  const hearStatus = (status: StatusAnswer): void => {
    live.skewMs.set(Date.parse(status.serverTime) - nowMs());
    live.silverDigest.set(status.silver.digest);
    live.status.set(status);
  };
  const readStatus = async (): Promise<void> => {
    try {
      hearStatus(await api.get<StatusAnswer>("/status"));
    } catch (error) {
      if (!isAbort(error)) live.connected.set(false);
    }
  };
  const hear = (event: LiveEvent): void => {
    if (event.name === "status") hearStatus(event.data);
    else if (event.name === "pipeline") live.pipeline.set(event.data);
    else if (event.name === "silver") live.silverDigest.set(event.data.digest);
    else if (event.name === "reset") live.resets.set(live.resets.get() + 1);
    for (const listener of listeners) listener(event);
  };
  void readStatus();
  api.stream({
    onEvent: hear,
    onConnection: (connected) => {
      // Whatever happened meanwhile may have changed the state that the stream does not repeat.
      if (connected && live.connected.get() === false) void readStatus();
      live.connected.set(connected);
    },
  });
  return live;
}
