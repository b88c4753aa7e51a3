/** A value that is watched. Listeners are called after every change, in the order they came. */
export interface Store<T> {
  get(): T;
  /** Replaces the value; listeners hear of it unless it is the same one. */
  set(value: T): void;
  /** Calls `listener` after each change until the answer is called. */
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
