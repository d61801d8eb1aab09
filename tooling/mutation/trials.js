import { readFileSync } from "node:fs";
import { join } from "node:path";

import { mutantsOf } from "./mutate.js";
import { filesOf, inOrder } from "./scope.js";
import { Worker } from "./workers.js";

/**
 * A mutant that takes this many times as much of the processor as the unchanged tests, and at least this much, is taken
 * to run for ever.
 */
const TIMES_AS_MUCH = 4;
const AT_LEAST_MS = 15_000;
const START_WITHIN_MS = 180_000;
/** One that waits for something is given this long in all. */
const WAITS_MS = 1_200_000;

/** @typedef {import("./mutate.js").Mutant & { readonly killer: import("./worker.js").Killer }} Tried */

/**
 * Tries every mutant of a package on the package's own tests, two at a time.
 *
 * @param {import("./scope.js").Scope} scope
 * @param {{ only?: string, atLeastMs?: number, onTried?: (tried: Tried) => void }} [options] `only`: files whose path
 * contains it;
 *   `atLeastMs`: what the tests of one mutant may take of the processor, and more where the tests as they are take more
 * @returns {Promise<Tried[]>} in the order of files and lines
 * @throws Error when the tests are red without any mutation
 */
export async function tryMutants(scope, { only = "", atLeastMs = AT_LEAST_MS, onTried } = {}) {
  const workers = [1, 2].map(() => new Worker(scope.directory));
  const mutants = mutantsIn({ ...scope, directory: workers[0]?.directory ?? scope.directory }, only);
  /** @type {Tried[]} */
  const results = [];
  let next = 0;
  let limit = { cpuMs: atLeastMs, wallMs: WAITS_MS };
  /** @param {Worker} worker */
  const work = async (worker) => {
    for (let index = next++; index < mutants.length; index = next++) {
      const mutant = mutants[index];
      if (mutant === undefined) return;
      const tests = inOrder(worker.tests, mutant.file, scope);
      const tried = { ...mutant, killer: await worker.attempt({ ...mutant, tests }, limit) };
      results[index] = tried;
      onTried?.(tried);
    }
  };
  try {
    const [first] = workers;
    const red = await first?.attempt(
      { file: null, text: null, tests: inOrder(first.tests, "", scope) },
      { cpuMs: START_WITHIN_MS, wallMs: WAITS_MS },
    );
    limit = { cpuMs: Math.max(atLeastMs, TIMES_AS_MUCH * (first?.cpuMs ?? 0)), wallMs: WAITS_MS };
    if (red) throw new Error(`the tests are red without any mutation: ${red.test}: ${red.title}`);
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
  return results;
}

/** @param {import("./scope.js").Scope} scope @param {string} only */
function mutantsIn(scope, only) {
  return filesOf(scope)
    .filter((file) => file.includes(only))
    .flatMap((file) => mutantsOf(file, readFileSync(join(scope.directory, file), "utf8")));
}
