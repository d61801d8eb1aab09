import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ledgerOf } from "./ledger.js";
import { mutantsOf } from "./mutate.js";
import { withProbes } from "./reach.js";
import { filesOf, inOrder } from "./scope.js";
import { Worker } from "./workers.js";

/**
 * A test file that takes this many times as much of the processor as on the unchanged code, and at least this much, is
 * taken to run for ever.
 */
const TIMES_AS_MUCH = 4;
const AT_LEAST_MS = 10_000;
const START_WITHIN_MS = 180_000;
/** One that waits for something is given this long. */
const WAITS_MS = 1_200_000;

/** @typedef {import("./mutate.js").Mutant & { readonly killer: import("./worker.js").Killer }} Tried */

/**
 * Tries every mutant of a package on the package's own tests that reach it, two at a time.
 *
 * @param {import("./scope.js").Scope} scope
 * @param {{
 *   only?: string,
 *   atLeastMs?: number,
 *   resume?: string,
 *   onTried?: (tried: Tried) => void,
 *   onResumed?: (found: number, of: number) => void,
 * }} [options] `only`: files whose path contains it;
 *   `atLeastMs`: what a test file may take of the processor on a mutant, and more where it takes more on the code as it
 *   is;
 *   `resume`: a file that every result is written to, and from which those of former runs are taken (ledger.js)
 * @returns {Promise<Tried[]>} in the order of files and lines
 * @throws Error when the tests are red without any mutation
 */
export async function tryMutants(scope, { only = "", atLeastMs = AT_LEAST_MS, resume, onTried, onResumed } = {}) {
  const workers = [1, 2].map(() => new Worker(scope.directory));
  const [first] = workers;
  if (first === undefined) return [];
  const sources = sourcesOf({ ...scope, directory: first.directory }, only);
  const mutants = sources.flatMap(({ file, text }) => mutantsOf(file, text));
  const ledger = resume === undefined ? undefined : ledgerOf(resume, first.directory);
  const results = resumed(mutants, ledger);
  if (ledger !== undefined) onResumed?.(results.filter((tried) => tried !== undefined).length, mutants.length);
  /** @type {Map<string, string[]>} */
  const killers = new Map();
  let next = 0;
  /** @param {Worker} worker @param {Awaited<ReturnType<typeof asTheyAre>>} known */
  const work = async (worker, { reached, cpuMs }) => {
    const limit = {
      cpuMs: (/** @type {string} */ test) => Math.max(atLeastMs, TIMES_AS_MUCH * (cpuMs.get(test) ?? 0)),
      wallMs: WAITS_MS,
    };
    for (let index = next++; index < mutants.length; index = next++) {
      const mutant = mutants[index];
      if (mutant === undefined) return;
      if (results[index] !== undefined) continue;
      const killersHere = killers.get(mutant.file) ?? [];
      const tests = inOrder(worker.tests, mutant, scope, { reached, cpuMs, killers: killersHere });
      const { killer } = await worker.attempt({ changes: [mutant], tests }, limit);
      if (killer !== null) killers.set(mutant.file, [...killersHere, killer.test]);
      const tried = { ...mutant, killer };
      results[index] = tried;
      ledger?.note(tried);
      onTried?.(tried);
    }
  };
  try {
    const known = await asTheyAre(first, sources, scope);
    await Promise.all(workers.map((worker) => work(worker, known)));
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
  return results.map((tried, index) => {
    if (tried === undefined) throw new Error(`mutant ${index} was not tried`);
    return tried;
  });
}

/**
 * What former runs found, by the place of the mutant.
 *
 * @param {readonly import("./mutate.js").Mutant[]} mutants
 * @param {import("./ledger.js").Ledger | undefined} ledger
 * @returns {(Tried | undefined)[]}
 */
function resumed(mutants, ledger) {
  return mutants.map((mutant) => {
    const killer = ledger?.found(mutant);
    return killer === undefined ? undefined : { ...mutant, killer };
  });
}

/**
 * Runs the tests on the code as it is, with probes: what each of them reaches, and what it costs.
 *
 * @param {Worker} worker
 * @param {readonly import("./worker.js").Change[]} sources
 * @param {import("./scope.js").Scope} scope
 */
async function asTheyAre(worker, sources, scope) {
  const { killer, cpuMs } = await worker.attempt(
    {
      changes: sources.map(({ file, text }) => ({ file, text: withProbes(file, text) })),
      tests: inOrder(worker.tests, { file: "", probe: "" }, scope),
    },
    { cpuMs: () => START_WITHIN_MS, wallMs: WAITS_MS },
  );
  if (killer !== null) throw new Error(`the tests are red without any mutation: ${killer.test}: ${killer.title}`);
  return { reached: worker.takeReached(), cpuMs };
}

/** @param {import("./scope.js").Scope} scope @param {string} only */
function sourcesOf(scope, only) {
  return filesOf(scope)
    .filter((file) => file.includes(only))
    .map((file) => ({ file, text: readFileSync(join(scope.directory, file), "utf8") }));
}
