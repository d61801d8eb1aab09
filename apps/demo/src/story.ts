import { setTimeout as wait } from "node:timers/promises";

import { Console } from "./console.js";
import { Engine } from "./engine.js";
import { MODELS, Place, SHADOW, UNIT } from "./place.js";
import { answerOf, runStep, type Desk, type Outcome, type Step } from "./qsc.js";

/** How many decisions are made before a collapse is judged, and before a healthy watch is disturbed. */
const ENOUGH = 800;

/**
 * The whole runbook on a live engine with the four real models, one of them a shadow: collapsed, it is refused; sound, it is
 * deployed, judged by its answers without a vote, becomes a canary, is watched, collapses, and is rolled back.
 *
 * @param directory for everything that is written; empty
 * @param qsc how it is run: the interpreter and its program
 * @param signal ends the story early
 * @returns whether everything ended as expected
 */
export async function tell(directory: string, qsc: readonly string[], signal: AbortSignal): Promise<boolean> {
  const place = new Place(directory);
  place.prepare();
  const engine = new Engine(place.units, UNIT);
  const scene = { place, engine, signal, desk: { qsc, directory, signal } };
  const page = new Console(directory, qsc);
  try {
    const address = await page.address();
    say(`While this runs, its console is at ${address ?? "no address: it has ended"}`);
    const outcomes = [
      ...(await collapsedModel(scene)),
      ...(await soundModel(scene)),
      ...(await canary(scene)),
      ...(await afterwards(scene)),
      { says: "the console served until it was stopped", passed: address !== null && (await page.stop()) },
    ];
    return conclude(outcomes);
  } finally {
    await page.stop();
    await engine.discard(`qsc-deadman-${UNIT.replace(".service", "")}`);
  }
}

interface Scene {
  readonly place: Place;
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly desk: Desk;
}

async function collapsedModel(scene: Scene): Promise<readonly Outcome[]> {
  const { place, engine } = scene;
  say("A commit with a collapsed model is deployed: PatchTST, which runs as a shadow, has saturated weights");
  const commit = await place.commit("models: retrain patchtst", { patchtst: "patchtst-saturated" });
  const deployed = await runAll(scene, [
    { says: "the engine starts, four ONNX models on a synthetic market", command: deploy(place, commit), expected: 0 },
  ]);
  show(await engine.saying("[PatchTST] QSC FAIL-CLOSED"));
  await decisions(scene, ENOUGH);
  const { ready, active, quorum, models } = await engine.health();
  console.log(
    `  /health: ${ready ? "ready" : "not ready"}, ${active} of ${MODELS.length} models active (quorum ${quorum}), patchtst ${JSON.stringify(models["patchtst"])}`,
  );
  const after = await answerOf(["cutover"], scene.desk);
  const refused = await runAll(scene, [
    {
      says: "may the shadow patchtst take traffic?",
      command: ["quality-gate", "--mode", "canary", "--shadow", "--model", SHADOW, "--after", after],
      expected: 2,
    },
    {
      says: "and one of the others?",
      command: ["quality-gate", "--mode", "canary", "--model", "xgb", "--after", after, "--quiet"],
      expected: 0,
    },
    {
      says: "why not patchtst?",
      command: ["diagnose", "--model", SHADOW, "--after", after],
      expected: 0,
      meaning: "a diagnosis; it permits nothing",
    },
  ]);
  return [...deployed, ...refused];
}

async function soundModel(scene: Scene): Promise<readonly Outcome[]> {
  const { place } = scene;
  say("The model is fixed, and the operator follows the runbook from its first step");
  const commit = await place.commit("models: restore patchtst");
  const deployed = await runAll(scene, [
    { says: "deploy the commit", command: deploy(place, commit), expected: 0 },
    {
      says: "is everything there that a canary needs?",
      command: ["preflight", "--repo", place.repository],
      expected: 0,
    },
  ]);
  const after = await answerOf(["cutover"], scene.desk);
  const judged = await runAll(scene, [
    {
      says: "gather evidence, decide nothing",
      command: ["quality-gate", "--mode", "collection", "--after", after, "--wait"],
      expected: 3,
    },
    {
      says: "do the models receive live features, like those they were trained on?",
      command: ["feature-sanity", "--after", after, "--manifest", `${place.models}/xgb/manifest.json`],
      expected: 0,
    },
    {
      says: "may patchtst, which has no vote so far, take 10 % of it?",
      command: ["quality-gate", "--mode", "canary", "--shadow", "--model", SHADOW, "--after", after, "--wait"],
      expected: 0,
    },
    {
      says: "how close is each model to its limits, and the ensemble?",
      command: ["scoreboard", "--after", after],
      expected: 2,
      meaning: "not all models are GO: the shadow has no vote",
    },
  ]);
  return [...deployed, ...judged];
}

async function canary(scene: Scene): Promise<readonly Outcome[]> {
  const { engine } = scene;
  say("PatchTST becomes a canary: the shadow gets 10 % of the vote, with a dead-man's switch");
  const cutover = await answerOf(["cutover"], scene.desk);
  const activated = await runAll(scene, [
    {
      says: "a dry run: what would be done",
      command: ["activate", "--shadow", "--model", SHADOW, "--cutover", cutover, "--dry-run"],
      expected: 0,
      meaning: "it would work; nothing was changed",
    },
    { says: "do it", command: ["activate", "--shadow", "--model", SHADOW, "--cutover", cutover], expected: 0 },
  ]);
  if (activated.some(({ passed }) => !passed)) return activated;
  console.log(`  the unit's environment: ${canaryVariables(await engine.environment()).join(", ")}`);

  say("The watch begins. Meanwhile a file with saturated weights replaces PatchTST's, and the engine reloads it");
  const watch = runStep(
    {
      says: "watch it for six hours",
      command: ["monitor", "--duration", "6h"],
      expected: 2,
      meaning: "a violation: the canary is rolled back",
    },
    scene.desk,
  );
  const collapse = collapseDuring(scene);
  // If the watch ends before the collapse is complete, its outcome says so.
  const [watched] = await Promise.all([watch, Promise.race([collapse, watch])]);
  return [...activated, watched];
}

async function collapseDuring({ place, engine, signal }: Scene): Promise<void> {
  const wanted = (await engine.published()) + ENOUGH;
  while ((await engine.published()) < wanted) await wait(500, undefined, { signal });
  place.place(SHADOW, "patchtst-saturated");
  await engine.reload();
}

async function afterwards(scene: Scene): Promise<readonly Outcome[]> {
  const { engine } = scene;
  say("What is left");
  const outcomes = await runAll(scene, [
    { says: "does everything agree on the baseline?", command: ["status"], expected: 0 },
    { says: "is the audit log unchanged?", command: ["audit", "verify"], expected: 0 },
  ]);
  const left = canaryVariables(await engine.environment());
  const result = await engine.stop();
  return [
    ...outcomes,
    { says: "the unit's environment has no QSC_CANARY_*", passed: left.length === 0 },
    { says: "the engine published everything and ended by itself", passed: result === "success" },
  ];
}

function deploy({ repository }: Place, commit: string): readonly string[] {
  return ["deploy", "--repo", repository, "--commit", commit];
}

function canaryVariables(environment: ReadonlyMap<string, string>): readonly string[] {
  return [...environment].filter(([name]) => name.startsWith("QSC_CANARY_")).map(([name, value]) => `${name}=${value}`);
}

async function runAll({ desk, signal }: Scene, steps: readonly Step[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    signal.throwIfAborted();
    outcomes.push(await runStep(step, desk));
  }
  return outcomes;
}

/** Waits until the process has published this many decisions, and shows progress. */
async function decisions({ engine, signal }: Scene, wanted: number): Promise<void> {
  for (let count = 0; count < wanted;) {
    await wait(1000, undefined, { signal });
    count = await engine.published();
    const { active } = await engine.health();
    console.log(
      `  ${String(count).padStart(5)} of ${wanted} decisions published, ${active} of ${MODELS.length} models active`,
    );
  }
}

function conclude(outcomes: readonly Outcome[]): boolean {
  say("Summary");
  for (const { says, passed } of outcomes) console.log(`  ${passed ? "yes" : "NO "}  ${says}`);
  const all = outcomes.every(({ passed }) => passed);
  const seen = outcomes.filter(({ passed }) => passed).length;
  console.log(`\nThe demo ${all ? "is done" : "FAILED"}: ${seen} of ${outcomes.length} checks ended as expected.`);
  if (all) {
    console.log(
      "The collapsed shadow was INACTIVE in its own engine, and the gate refused it. The sound one became a canary, and the watch",
    );
    console.log(
      "rolled it back as soon as its file was swapped. The engine's own telemetry proves that it serves the baseline again.",
    );
  }
  return all;
}

function show(lines: readonly string[]): void {
  for (const line of lines) console.log(`  ${line}`);
}

function say(text: string): void {
  console.log(`\n== ${text}`);
}
