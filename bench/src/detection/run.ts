import { Worker } from "node:worker_threads";
import { SCENARIOS, type Scenario } from "./scenarios.js";
import { summarise, type Summary } from "./summary.js";
import type { Outcome } from "./watch.js";
import type { Task } from "./worker.js";

export interface Measured {
  readonly scenario: Scenario;
  readonly summary: Summary;
}

/** Watches that a worker is given at a time. */
const PART = 25;

/** Streams that are more autocorrelated than any that we know are a study: a part of the watches shows what is left. */
const STUDIED = 1 / 5;

/** How many watches of a scenario are simulated where there are so many of the others. */
function watchesOf({ group }: Scenario, watches: number): number {
  return group === "dependence" ? Math.ceil(watches * STUDIED) : watches;
}

/**
 * Simulates so many watches of each scenario whose name has `only` in it (`watchesOf`). The result depends on the seed and the number of watches, not on the
 * number of workers.
 */
export async function run(watches: number, seed: number, workers: number, only: string, onProgress: (text: string) => void): Promise<readonly Measured[]> {
  const chosen = SCENARIOS.map((scenario, index) => ({ scenario, index })).filter(({ scenario }) => scenario.name.includes(only));
  const outcomes = new Map<number, Outcome[]>(chosen.map(({ index }) => [index, []]));
  const tasks: Task[] = chosen.flatMap(({ scenario, index }) => {
    const its = watchesOf(scenario, watches);
    return Array.from({ length: Math.ceil(its / PART) }, (_, part) => ({ scenario: index, seed, from: part * PART, to: Math.min(its, (part + 1) * PART) }));
  });
  const all = tasks.length;
  let done = 0;
  await Promise.all(
    Array.from({ length: workers }, async () => {
      const worker = new Worker(new URL("worker.js", import.meta.url));
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
        const answered = new Promise<readonly Outcome[]>((resolve, reject) => {
          worker.once("message", resolve);
          worker.once("error", reject);
        });
        worker.postMessage(task);
        outcomes.get(task.scenario)?.push(...(await answered));
        worker.removeAllListeners("error");
        done += 1;
        onProgress(`${done} of ${all} parts`);
      }
      await worker.terminate();
    }),
  );
  return chosen.map(({ scenario, index }) => ({ scenario, summary: summarise(outcomes.get(index) ?? []) }));
}
