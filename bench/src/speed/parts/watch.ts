import { jobPath } from "../internals.js";
import { inRounds, median, type Contender } from "../measure.js";
import { text, type Table } from "../table.js";
import { measureLive } from "./live-watch.js";
import type { Bench, Part } from "./part.js";
import { thousands } from "./sizes.js";

/** How many events a watch has seen, at 60 a minute, and how many symbols it tests by themselves. */
const AGES = [
  ["half an hour", 2000, 0],
  ["two hours", 7200, 0],
  ["six hours", 21_600, 0],
  ["six hours, each of 50 symbols tested by itself", 21_600, 50],
  ["a day", 86_400, 0],
] as const;
const LOOKS = 300;

/** A running watch, by how long it has run: one judgement, and everything its process does. */
export const watchPart: Part = {
  name: "watch",
  run: async (bench) => [await measureJudgement(bench), await measureLive(bench)],
};

async function measureJudgement({ quick, rounds, tell }: Bench): Promise<Table> {
  const contenders = AGES.map(([name, events, symbols]): Contender => ({
    name,
    command: [process.execPath, jobPath("watch"), String(events), String(quick ? LOOKS / 3 : LOOKS), String(symbols)],
    counts: "inside",
  }));
  const runs = await inRounds(contenders, rounds, tell);
  const rows = AGES.map(([name, events]) => {
    const own = runs.get(name) ?? [];
    const cpu = own.map(({ cpuSeconds }) => cpuSeconds * 1000);
    return [
      name,
      thousands(events),
      `${text(median(cpu), 2)} (${text(Math.min(...cpu), 2)} to ${text(Math.max(...cpu), 2)})`,
    ];
  });
  return {
    title:
      "One judgement of a watch, its newest event taken in, its evidence included: 2,000 entries, four models, version 2",
    head: ["the watch has run", "events seen", "CPU ms: median (least to most)"],
    rows,
  };
}
