import { Worker } from "node:worker_threads";
import type { Kept } from "./kept.js";
import { recorded } from "./recorded.js";
import { SCENARIOS, type Scenario } from "./scenarios.js";
import { summarise, type Summary } from "./summary.js";
import type { Outcome } from "./watch.js";
import type { Task } from "./worker.js";

export interface Measured {
  readonly scenario: Scenario;
  readonly summary: Summary;
}

/** How many watches a worker is given at a time. */
const PART = 25;

function isWanted({ name, group, recorded: drawn }: Scenario, only: string): boolean {
  return (name.includes(only) || group.includes(only)) && (drawn === null || recorded() !== null);
}

/**
 * Simulates `watches` watches of each scenario whose name or group contains `only`. If the recording is absent,
 * scenarios drawn from it are left out. The result depends only on the seed and the number of watches, not on the
 * workers. What is kept is not simulated again.
 */
export async function run(
  watches: number,
  seed: number,
  workers: number,
  only: string,
  kept: Kept,
  onProgress: (text: string) => void,
): Promise<readonly Measured[]> {
  const chosen = SCENARIOS.map((scenario, index) => ({ scenario, index })).filter(({ scenario }) =>
    isWanted(scenario, only),
  );
  const outcomes = new Map<number, Outcome[]>(chosen.map(({ index }) => [index, []]));
  const parts = Array.from({ length: Math.ceil(watches / PART) }, (_, part) => part * PART);
  const tasks = parts.flatMap((from) =>
    chosen.flatMap(({ scenario: { name }, index }): Task[] => {
      const task = { scenario: index, seed, from, to: Math.min(watches, from + PART) };
      const known = kept.outcomesOf({ ...task, scenario: name });
      outcomes.get(index)?.push(...(known ?? []));
      return known === null ? [task] : [];
    }),
  );
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
        const simulated = await answered;
        outcomes.get(task.scenario)?.push(...simulated);
        kept.keep({ ...task, scenario: SCENARIOS[task.scenario]?.name ?? "", outcomes: simulated });
        worker.removeAllListeners("error");
        done += 1;
        onProgress(`${done} of ${all} parts`);
      }
      await worker.terminate();
    }),
  );
  return chosen.map(({ scenario, index }) => ({ scenario, summary: summarise(outcomes.get(index) ?? []) }));
}
