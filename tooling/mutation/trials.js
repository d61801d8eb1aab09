import { readFileSync } from "node:fs";
import { join } from "node:path";

import { mutantsOf } from "./mutate.js";
import { filesOf, inOrder } from "./scope.js";
import { Worker } from "./workers.js";

/** @typedef {import("./mutate.js").Mutant & { readonly killer: import("./worker.js").Killer }} Tried */

/**
 * Tries every mutant of a package on the package's own tests, two at a time.
 *
 * @param {import("./scope.js").Scope} scope
 * @param {{ only?: string, onTried?: (tried: Tried, done: number, of: number) => void }} [options] `only`: files whose path contains it
 * @returns {Promise<Tried[]>} in the order of files and lines
 * @throws Error when the tests are red without any mutation
 */
export async function tryMutants(scope, { only = "", onTried } = {}) {
  const mutants = filesOf(scope)
    .filter((file) => file.includes(only))
    .flatMap((file) => mutantsOf(file, readFileSync(join(scope.directory, file), "utf8")));
  const workers = [new Worker(scope.directory), new Worker(scope.directory)];
  /** @type {Tried[]} */
  const results = [];
  let next = 0;
  /** @param {Worker} worker */
  const work = async (worker) => {
    for (let index = next++; index < mutants.length; index = next++) {
      const mutant = mutants[index];
      if (mutant === undefined) return;
      const tests = inOrder(worker.tests, mutant.file, scope.slow);
      const tried = { ...mutant, killer: await worker.attempt({ ...mutant, tests }) };
      results[index] = tried;
      onTried?.(tried, results.filter(Boolean).length, mutants.length);
    }
  };
  try {
    const [first] = workers;
    const red = await first?.attempt({ file: null, text: null, tests: first.tests });
    if (red) throw new Error(`the tests are red without any mutation: ${red.test}: ${red.title}`);
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
  return results;
}
