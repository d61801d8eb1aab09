import { Worker } from "node:worker_threads";
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
 * workers.
 */
export async function run(
  watches: number,
  seed: number,
  workers: number,
  only: string,
  onProgress: (text: string) => void,
): Promise<readonly Measured[]> {
  const chosen = SCENARIOS.map((scenario, index) => ({ scenario, index })).filter(({ scenario }) =>
    isWanted(scenario, only),
  );
  const outcomes = new Map<number, Outcome[]>(chosen.map(({ index }) => [index, []]));
  const tasks: Task[] = chosen.flatMap(({ index }) =>
    Array.from({ length: Math.ceil(watches / PART) }, (_, part) => ({
      scenario: index,
      seed,
      from: part * PART,
      to: Math.min(watches, (part + 1) * PART),
    })),
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
