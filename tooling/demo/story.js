import { cpSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { root } from "../bootstrap/root.js";
import { Engine } from "./engine.js";
import { runStep } from "./qsc.js";

const MODELS = ["xgb", "patchtst", "nhits", "dlinear"];
/** Decisions a second. An engine in the field makes about one: the demo's clock runs that much faster. */
const RATE = 120;
/** Decisions before the healthy ensemble is judged, and after the collapse before the broken one is. */
const ENOUGH = 1500;
const AFTER_COLLAPSE = 500;

/**
 * The runbook on a live engine with the four real models: healthy first, then with one of them collapsed.
 *
 * @param {string} directory for everything that is written; empty
 * @param {AbortSignal} signal ends the story early
 * @returns {Promise<boolean>} whether everything ended as it had to
 */
export async function tell(directory, signal) {
  const models = join(directory, "models");
  for (const model of MODELS) cpSync(join(root, "apps/ai-engine/models", model), join(models, model), { recursive: true });
  const source = `file:${join(directory, "intents.ndjson")}`;
  const place = { source, workdir: directory };

  say("A serving engine starts: four ONNX models, a synthetic market, a journal for its decisions");
  const cutover = new Date().toISOString();
  const engine = new Engine({
    BINANCE_TESTNET: "true",
    MODELS_DIR: models,
    FEATURE_SOURCE: `synthetic:?seed=2026&rate=${RATE}`,
    INTENT_SINK: source,
    HEALTH_PORT: "0",
  });
  signal.addEventListener("abort", () => { engine.signal("SIGTERM"); }, { once: true });
  try {
    await engine.url();
    for (const line of [...(await engine.saying("AI_ENGINE_BUILD")), ...(await engine.saying("-INIT]"))]) console.log(`  ${line}`);
    await decisions(engine, ENOUGH, signal);
    const healthy = await runAll(healthySteps(cutover, join(models, "xgb/manifest.json")), place, signal);

    say("PatchTST collapses: a file with saturated weights takes its place, and the engine is told to reload");
    const collapse = new Date(Date.now() + 1).toISOString();
    cpSync(join(root, "apps/ai-engine/models-broken/patchtst-saturated"), join(models, "patchtst"), { recursive: true });
    engine.signal("SIGHUP");
    for (const line of await engine.saying("[PatchTST] QSC FAIL-CLOSED")) console.log(`  ${line}`);
    await decisions(engine, (await engine.published()) + AFTER_COLLAPSE, signal);
    const { ready, active, quorum, models: states } = await engine.health();
    console.log(`  /health: ${ready ? "ready" : "not ready"}, ${active} of ${MODELS.length} models active (quorum ${quorum}), patchtst ${JSON.stringify(states.patchtst)}`);
    const refused = await runAll(collapsedSteps(collapse), place, signal);

    say("The engine is told to end");
    const published = await engine.published();
    engine.signal("SIGTERM");
    const code = await engine.exited;
    console.log(`  exit code ${code} after it had published what was decided (${published} decisions and the last ones)`);
    return conclude([...healthy, ...refused, { says: "the engine drained and ended with 0", passed: code === 0 }]);
  } finally {
    engine.signal("SIGTERM");
    await engine.exited;
  }
}

/** @param {string} after @param {string} manifest @returns {import("./qsc.js").Step[]} */
function healthySteps(after, manifest) {
  return [
    { says: "are the models fed with living features, like those they learned from?", command: ["feature-sanity", "--after", after, "--manifest", manifest], expected: 0 },
    { says: "collects evidence and decides nothing", command: ["quality-gate", "--mode", "collection", "--after", after], expected: 3 },
    { says: "may patchtst take 10 % of the traffic?", command: ["quality-gate", "--mode", "canary", "--model", "patchtst", "--after", after], expected: 0 },
    { says: "how does each model stand, and the ensemble?", command: ["scoreboard", "--after", after], expected: 0 },
  ];
}

/** @param {string} after @returns {import("./qsc.js").Step[]} */
function collapsedSteps(after) {
  return [
    { says: "may patchtst take traffic now?", command: ["quality-gate", "--mode", "canary", "--model", "patchtst", "--after", after], expected: 2 },
    { says: "and one of the others?", command: ["quality-gate", "--mode", "canary", "--model", "xgb", "--after", after, "--quiet"], expected: 0 },
    { says: "why not patchtst?", command: ["diagnose", "--model", "patchtst", "--after", after], expected: 0, meaning: "a diagnosis; it permits nothing" },
  ];
}

/**
 * @typedef {{ says: string, passed: boolean }} Outcome
 *
 * @param {readonly import("./qsc.js").Step[]} steps
 * @param {{ source: string, workdir: string }} place
 * @param {AbortSignal} signal
 */
async function runAll(steps, place, signal) {
  /** @type {Outcome[]} */
  const outcomes = [];
  for (const step of steps) {
    signal.throwIfAborted();
    const passed = await runStep(step, place);
    outcomes.push({ says: `qsc ${step.command.slice(0, step.command.indexOf("--after")).join(" ")}: exit ${step.expected}`, passed });
  }
  return outcomes;
}

/**
 * Waits until so many decisions are published, and shows how far it is.
 *
 * @param {Engine} engine
 * @param {number} wanted
 * @param {AbortSignal} signal
 */
async function decisions(engine, wanted, signal) {
  for (let count = 0; count < wanted;) {
    signal.throwIfAborted();
    await Promise.race([wait(1000), engine.exited.then(() => { throw new Error("the engine ended"); })]);
    count = await engine.published();
    const { active } = await engine.health();
    console.log(`  ${String(count).padStart(5)} of ${wanted} decisions published, ${active} of ${MODELS.length} models active`);
  }
}

/** @param {readonly Outcome[]} outcomes */
function conclude(outcomes) {
  say("What was proven");
  for (const { says, passed } of outcomes) console.log(`  ${passed ? "yes" : "NO "}  ${says}`);
  const all = outcomes.every(({ passed }) => passed);
  const seen = outcomes.filter(({ passed }) => passed).length;
  console.log(`\nThe demo ${all ? "is done" : "FAILED"}: ${seen} of ${outcomes.length} things ended as they had to.`);
  if (all) {
    console.log("A healthy ensemble passed; a collapsed model was INACTIVE in its own engine and refused by the gate, while the others went on.");
  }
  return all;
}

/** @param {string} text */
function say(text) {
  console.log(`\n== ${text}`);
}
