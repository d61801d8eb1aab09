import { jobPath } from "../internals.js";
import { inRounds, median, type Contender } from "../measure.js";
import { text, type Table } from "../table.js";
import type { Bench, Part } from "./part.js";

/** The degeneracy detector, one prediction at a time. */
export const detectorPart: Part = { name: "detector", run: measureDetector };

async function measureDetector({ rounds, tell }: Bench): Promise<readonly Table[]> {
  const contender: Contender = { name: "detector", command: [process.execPath, jobPath("detector")], counts: "inside" };
  const runs = (await inRounds([contender], rounds, tell)).get(contender.name) ?? [];
  const ns = runs.map(({ cpuSeconds }) => cpuSeconds * 1e9);
  const row = [`${text(median(ns), 1)} (${text(Math.min(...ns), 1)} to ${text(Math.max(...ns), 1)})`];
  return [{ title: "The degeneracy detector", head: ["CPU ns a prediction: median (least to most)"], rows: [row] }];
}
