// Simulates the watches it is asked for, one scenario's part at a time.
import { parentPort } from "node:worker_threads";
import { SCENARIOS } from "./scenarios.js";
import { simulate } from "./watch.js";

/** Watches `from` to `to`, without the last, of one scenario. */
export interface Task {
  readonly scenario: number;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

parentPort?.on("message", ({ scenario, seed, from, to }: Task) => {
  const known = SCENARIOS[scenario];
  if (known === undefined) throw new Error(`there is no scenario ${scenario}`);
  const outcomes = Array.from({ length: to - from }, (_, at) => simulate(known, seed, from + at));
  parentPort?.postMessage(outcomes);
});
