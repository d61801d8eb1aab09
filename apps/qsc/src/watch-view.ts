import type { WatchReport } from "@qsc/rollout";

/** What shows a watch to the person who runs it. */
export interface WatchPrinter {
  readonly show: (report: WatchReport) => void;
  /** Prints a line of its own. */
  readonly say: (line: string) => void;
  /** Leaves what is shown as it is: what comes next is printed below it. */
  readonly end: () => void;
}
