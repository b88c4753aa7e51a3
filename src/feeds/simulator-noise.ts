import type { Random } from "../base/random.ts";

/**
 * A number of mean 0 and deviation 1, close enough to a normal one (three uniform numbers added)
 * and the same on every platform; never beyond ±3.
 */
export function gaussian(random: Random): number {
  return 2 * (random.next() + random.next() + random.next()) - 3;
}

/** As {@link gaussian}, but one in forty is up to five times as large, as in markets. */
export function heavyTailed(random: Random): number {
  const value = gaussian(random);
  return random.next() < 0.025 ? value * 5 : value;
}

/** A path of `steps` + 1 points from 0 to 0 whose wandering has a deviation of about `sigma`. */
export function bridge(random: Random, steps: number, sigma: number): Float64Array {
  const path = new Float64Array(steps + 1);
  // A bridge's deviation is greatest in its middle, where it is half that of its walk.
  const step = (2 * sigma) / Math.sqrt(steps);
  let walk = 0;
  for (let index = 1; index <= steps; index += 1) {
    walk += step * gaussian(random);
    path[index] = walk;
  }
  for (let index = 1; index <= steps; index += 1) {
    path[index] = (path[index] ?? 0) - (walk * index) / steps;
  }
  return path;
}
