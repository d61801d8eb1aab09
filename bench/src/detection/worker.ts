// Simulates the requested watches, one part of a scenario at a time.
import { parentPort } from "node:worker_threads";
import { SCENARIOS } from "./scenarios.js";
import { simulate } from "./watch.js";

/** The watches from `from` up to but not including `to` of one scenario. */
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
