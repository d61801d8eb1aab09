import { describeDuration } from "@qsc/contract";
import { DEFAULT_POLICY, powerOfWatch, USUAL_WATCH_MS } from "@qsc/violations";

import { Chart } from "./chart.js";
import { baselineOf, EVERY_MS, healthyModel } from "./models.js";

/** @import { Point } from "./chart.js" */

const SEED = 20260105;
const MODELS = ["patchtst", "nhits", "xgboost", "lightgbm"];
const WATCHED = "patchtst";
const PERSISTENCES = [0, 0.2, 0.4, 0.6, 0.8];
/** The fewest decisions that a gate accepts for a canary, and about the most that it measures. */
const FEW = 200;
const ENOUGH = 4000;
const MOST = Math.floor(USUAL_WATCH_MS / EVERY_MS);
/** Where what is not found is drawn. */
const NEVER = 1800;
const TOP = 2600;
/** Room for words beside the last point. */
const RIGHT = 1.12;

/** Limits with a fault of each, and how it is drawn. */
const FAULTS = /** @type {const} */ ([
  { limit: "narrow_range.range", fault: "confidences within 0.001", style: "a" },
  { limit: "action_collapse.largestShare", fault: "always one label", style: "b" },
  { limit: "confidence_collapse.modeShare", fault: "always one confidence", style: "c" },
]);

/**
 * What a watch of six hours would see of a model, after a gate that judged `judged` of its decisions.
 *
 * @param {number} persistence
 * @param {number} judged
 */
function powerOf(persistence, judged) {
  const next = healthyModel({ model: WATCHED, persistence, seed: SEED });
  const baseline = baselineOf(next, judged, DEFAULT_POLICY);
  const baselines = new Map(MODELS.map((model) => [model, baseline]));
  const [power] = powerOfWatch({ policy: DEFAULT_POLICY, models: MODELS, baselines }, USUAL_WATCH_MS, [WATCHED]);
  if (power === undefined) throw new Error(`no power of ${WATCHED}`);
  return power;
}

/**
 * Decisions until the fault of each limit is found; null where that is not within the watch.
 *
 * @param {number} judged
 */
function foundAfter(judged) {
  const all = PERSISTENCES.map((persistence) => powerOf(persistence, judged).rows);
  return FAULTS.map(({ limit, fault, style }) => {
    const rows = all.map((one) => one.find((row) => row.limit === limit));
    return { limit, style, fault, decisions: rows.map((row) => row?.decisions ?? null) };
  });
}

/** @typedef {ReturnType<typeof foundAfter>[number]} Found */

/** Decisions until a fault is found, against how much a model's answers persist, for a short and a long baseline. */
export function power() {
  const long = foundAfter(ENOUGH);
  const short = foundAfter(FEW);
  const chart = new Chart({
    title: "How persistence and a short baseline delay the proof of a fault",
    description: [...long.map((one) => inWords(one, ENOUGH)), ...short.map((one) => inWords(one, FEW))].join(" "),
    x: {
      label: "persistence of the model's answers before the watch",
      range: [-0.05, RIGHT],
      ticks: PERSISTENCES.map((r) => [r, `${r}`]),
    },
    y: {
      label: `decisions until the fault is found (${3_600_000 / EVERY_MS} an hour)`,
      range: [10, TOP],
      ticks: [
        [10, "10"],
        [30, "30"],
        [90, "90"],
        [180, "180"],
        [540, "540"],
        [MOST, thousands(MOST)],
      ],
    },
  });
  chart.band([MOST, TOP]);
  chart.note([0, NEVER], `not in ${describeDuration(USUAL_WATCH_MS)}`, { by: [0, 4] });
  chart.note([RIGHT, TOP], `solid: the gate judged ${thousands(ENOUGH)} decisions; dashed: ${FEW}`, {
    anchor: "end",
    by: [0, -14],
  });
  for (const found of short) drawn(chart, found, "dashed");
  for (const found of long) {
    drawn(chart, found, "");
    const last = found.decisions.at(-1) ?? NEVER;
    chart.note([0.8, last], found.fault, { style: found.style, by: [12, 4] });
  }
  return chart.svg();
}

/**
 * @param {Chart} chart
 * @param {Found} found
 * @param {string} how
 */
function drawn(chart, { style, decisions }, how) {
  const points = decisions.map((n, at) => /** @type {Point} */ ([PERSISTENCES[at] ?? 0, n ?? NEVER]));
  chart.line(points, `${style} ${how}`.trim());
  for (const point of points) chart.dot(point, style);
}

/** @param {number} count */
function thousands(count) {
  return count.toLocaleString("en");
}

/**
 * @param {Found} found
 * @param {number} judged
 */
function inWords({ fault, limit, decisions }, judged) {
  const counts = decisions.map((n, at) => `${n ?? "not in six hours"} at persistence ${PERSISTENCES[at] ?? 0}`);
  return `${fault} (${limit}), after a gate of ${thousands(judged)} decisions: found after ${counts.join(", ")}.`;
}
