import { DEFAULT_POLICY, EntryMonitor } from "@qsc/violations";

import { Chart } from "./chart.js";
import { baselineOf, EVERY_MS, healthyModel, readingOf, START_MS, SYMBOL } from "./models.js";

/** @import { EvidenceFinding, ModelReading } from "@qsc/contract" */

const SEED = 20260105;
const MODELS = ["patchtst", "nhits", "xgboost", "lightgbm"];
const WATCHED = "patchtst";
const CHECK = "confidence_collapse";
/** In real telemetry it is 0.13 on average, and at most 0.3. */
const PERSISTENCE = 0.2;
const JUDGED = 2000;
const HEALTHY = 200;
const DECISIONS = 300;

/**
 * The evidence against one check of a model after each decision of its watch, until it is conclusive.
 *
 * @param {number} healthy from the decision after this one on the model gives one answer only
 * @returns {readonly EvidenceFinding[]}
 */
function evidenceOf(healthy) {
  const sources = MODELS.map((model, at) => healthyModel({ model, persistence: PERSISTENCE, seed: SEED + at }));
  const baselines = new Map(sources.map((next, at) => [MODELS[at] ?? "", baselineOf(next, JUDGED, DEFAULT_POLICY)]));
  const watch = new EntryMonitor({ policy: DEFAULT_POLICY, models: MODELS, baselines });
  /** @type {EvidenceFinding[]} */
  const findings = [];
  for (let n = 1; n <= DECISIONS && findings.at(-1)?.conclusive !== true; n += 1) {
    const readings = sources.map((next) => (n > healthy ? frozen(next()) : next()));
    watch.take(readings, { ms: START_MS + n * EVERY_MS, symbol: SYMBOL });
    findings.push(...watch.findings().filter(({ model, check }) => model === WATCHED && check === CHECK));
  }
  return findings;
}

/** @param {ModelReading} reading */
function frozen(reading) {
  return reading.model === WATCHED ? readingOf(WATCHED, "BUY", 0.61) : reading;
}

/** @param {EvidenceFinding} finding */
const pointOf = ({ n, log10 }) => /** @type {const} */ ([n, 10 ** log10]);

/** The evidence of two watches, decision by decision: of a healthy model, and of one that becomes constant. */
export function evidence() {
  const healthy = evidenceOf(Infinity);
  const constant = evidenceOf(HEALTHY);
  const proof = constant.at(-1);
  if (proof === undefined || proof.since === null || healthy.some(({ conclusive }) => conclusive))
    throw new Error(`${CHECK} must prove the constant model faulty, and not the healthy one`);
  const threshold = 10 ** proof.threshold;
  const late = proof.since - HEALTHY;
  const chances = Math.round(threshold).toLocaleString("en");
  const minutes = Math.round((late * EVERY_MS) / 60_000);
  const chart = new Chart({
    title: `Evidence for ${CHECK} in two watches`,
    description: `The evidence against a healthy model falls from 1 to about one half and stays there for all ${DECISIONS} decisions. The evidence against a model that gives one answer only from decision ${HEALTHY} on rises to ${chances}, the threshold, within ${late} decisions; the watch ends there.`,
    x: {
      label: "decisions of the watch, one every 20 s",
      range: [0, DECISIONS],
      ticks: [0, 50, 100, 150, 200, 250, 300].map((n) => [n, `${n}`]),
    },
    y: {
      label: "evidence (each line is ten times the one below)",
      range: [0.1, 1e5],
      ticks: [
        [0.1, "0.1"],
        [1, "1"],
        [10, "10"],
        [100, "100"],
        [1000, "1,000"],
        [10_000, "10,000"],
        [100_000, "100,000"],
      ],
    },
  });
  chart.level(threshold);
  chart.note([0, threshold], `conclusive: ${chances}`, { by: [8, -6] });
  chart.moment([HEALTHY, 10]);
  chart.note([HEALTHY, 10], `becomes constant, decision ${HEALTHY}`, { anchor: "end", by: [-6, 4] });
  chart.line(healthy.map(pointOf), "a");
  chart.note([0, 0.5], "healthy", { style: "a", by: [8, 18] });
  chart.line(constant.map(pointOf), "b");
  const end = pointOf(proof);
  chart.moment(end);
  chart.dot(end, "b");
  chart.note(end, `proven, decision ${proof.since}:`, { style: "b", anchor: "end", by: [-12, -12] });
  chart.note(end, `${late} decisions, ${minutes} min later`, { style: "b", anchor: "end", by: [-12, 5] });
  return chart.svg();
}
