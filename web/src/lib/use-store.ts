import { useEffect, useState } from "../view.ts";
import type { Store } from "./store.ts";

/** The store's value; the component is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState<{ readonly current: T }>({ current: store.get() });
  useEffect(() => {
    const update = (): void => setValue({ current: store.get() });
    update();
    return store.subscribe(update);
  }, [store]);
  return value.current;
}
