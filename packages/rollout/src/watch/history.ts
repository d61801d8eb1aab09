import type { WatchMoment, WatchProgress } from "@qsc/contract";

/**
 * Moments of a whole watch: enough for a plot, and few enough for a state that is written every few seconds. A watch
 * that continues behind its end keeps up to twice as many.
 */
const MOMENTS = 100;

/**
 * The history of a watch with one more judgement, if the last one that it has is long enough ago.
 * @param isDecisive whether the judgement ends the watch: then it is always kept
 */
export function withMoment(
  { history = [], durationMs }: Pick<WatchProgress, "history" | "durationMs">,
  moment: WatchMoment,
  isDecisive: boolean,
): readonly WatchMoment[] {
  if (moment.margins.length === 0 && moment.evidence.length === 0) return history;
  const last = history.at(-1);
  const isDue = last === undefined || moment.watchedMs - last.watchedMs >= durationMs / MOMENTS;
  if (!isDue && !(isDecisive && moment.at !== last.at)) return history;
  const all = [...history, moment];
  return all.length < 2 * MOMENTS ? all : all.filter((_, index) => index % 2 === 1);
}
