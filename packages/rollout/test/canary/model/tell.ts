import type { Enumeration } from "./enumerate.js";

/** One line of an enumeration, for the report. */
export function tell(
  name: string,
  { points, broken, longestMs }: Pick<Enumeration, "points" | "broken" | "longestMs">,
): void {
  console.log(`${name}: ${points} points, ${broken.length} broken invariants, longest life ${longestMs / 1000} s`);
}
