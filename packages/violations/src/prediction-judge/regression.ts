import type { CheckResult, ModelStats, ScoreRange } from "@qsc/contract";
import { say } from "../checks/words.js";

/** A check's words, for scores of a range: a spread is in parts of that range. */
export function inWords(check: CheckResult, { low, high }: ScoreRange): CheckResult {
  const [least, most, width] = [low, high, high - low].map((number) => say(number, "number"));
  const reason = check.reason
    .replace(
      "a confidence is a number in [0, 1], not confidence",
      `a score is a number from ${least} to ${most}, not score`,
    )
    .replaceAll(/, confidence (?=\S+ \(\d+ x)/g, ", score ")
    .replace("every confidence is a number in [0, 1]", `every score is a number from ${least} to ${most}`)
    .replace("share of the one confidence", "share of the one score, as a part of its range,")
    .replaceAll("of confidence", `of the score, as a part of its range of ${width},`)
    .replaceAll("confidences", "scores")
    .replaceAll("confidence", "score");
  return { ...check, reason };
}

/** Statistics in the units of the score. Its histogram has its bins over the range. */
export function inUnits(stats: ModelStats, { low, high }: ScoreRange): ModelStats {
  const width = high - low;
  const at = (part: number | null): number | null => (part === null ? null : low + part * width);
  const { mean, std, p10, p90, min, max, quantileErrorBound } = stats;
  return {
    ...stats,
    shares: {},
    entropy: null,
    mean: at(mean),
    std: std === null ? null : std * width,
    p10: at(p10),
    p90: at(p90),
    min: at(min),
    max: at(max),
    quantileErrorBound: quantileErrorBound * width,
  };
}
