import { jobPath } from "../internals.js";
import { inRounds, median, type Contender } from "../measure.js";
import { text, type Table } from "../table.js";
import type { Bench, Part } from "./part.js";
import { thousands } from "./sizes.js";

/** Events that a watch has seen, at 60 a minute. */
const AGES = [
  ["half an hour", 2000],
  ["two hours", 7200],
  ["six hours", 21_600],
  ["a day", 86_400],
] as const;
const LOOKS = 300;

/** One judgement of a running watch, by how long it has run. */
export const watchPart: Part = { name: "watch", run: measureWatch };

async function measureWatch({ quick, rounds, tell }: Bench): Promise<readonly Table[]> {
  const contenders = AGES.map(([name, events]): Contender => ({
    name,
    command: [process.execPath, jobPath("watch"), String(events), String(quick ? LOOKS / 3 : LOOKS)],
    counts: "inside",
  }));
  const runs = await inRounds(contenders, rounds, tell);
  const rows = AGES.map(([name, events]) => {
    const own = runs.get(name) ?? [];
    const cpu = own.map(({ cpuSeconds }) => cpuSeconds * 1000);
    return [name, thousands(events), `${text(median(cpu), 2)} (${text(Math.min(...cpu), 2)} to ${text(Math.max(...cpu), 2)})`];
  });
  return [{ title: "One judgement of a watch, its newest event taken in: 2,000 entries, four models, version 2", head: ["the watch has run", "events seen", "CPU ms: median (least to most)"], rows }];
}
