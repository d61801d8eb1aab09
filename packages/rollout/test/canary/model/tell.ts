import type { Enumeration } from "./enumerate.js";

/** One line of an enumeration, for the report. */
export function tell(
  name: string,
  {
    points,
    runs = points,
    broken,
    longestMs,
  }: Pick<Enumeration, "points" | "broken" | "longestMs"> & { runs?: number },
): void {
  const different = runs === points ? "" : ` (${runs} of them different)`;
  console.log(
    `${name}: ${points} points${different}, ${broken.length} broken invariants, longest life ${longestMs / 1000} s`,
  );
}
