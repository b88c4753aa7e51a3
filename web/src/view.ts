/** The one file that knows the view library. JSX itself is compiled to its runtime. */
import { useErrorBoundary } from "preact/hooks";

export { render } from "preact";
export {
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "preact/hooks";
export type { ComponentChildren, ComponentType, JSX, RefObject } from "preact";

/** What a component below threw, null while nothing did; and how it is tried again. */
export function useBroken(): readonly [unknown, () => void] {
  const state = useErrorBoundary();
  const error: unknown = state[0] ?? null;
  return [error, state[1]];
}
