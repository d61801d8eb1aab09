/** @typedef {import("./equivalents.js").Equivalent} Equivalent */
/** @typedef {import("./trials.js").Tried} Tried */
/**
 * @typedef {{
 *   readonly tried: readonly Tried[],
 *   readonly killed: number,
 *   readonly survivors: readonly Tried[],
 *   readonly equivalent: ReadonlyMap<Tried, Equivalent>,
 *   readonly stale: readonly Equivalent[],
 * }} Outcome
 */

/**
 * Separates survivors from equivalent mutants. `stale` are the listed equivalents that no surviving mutant matches.
 *
 * @param {readonly Tried[]} tried
 * @param {readonly Equivalent[]} equivalents
 * @returns {Outcome}
 */
export function outcomeOf(tried, equivalents) {
  const alive = tried.filter(({ killer }) => killer === null);
  /** @type {Map<Tried, Equivalent>} */
  const equivalent = new Map();
  for (const mutant of alive) {
    const known = equivalents.find(
      ({ file, from, to }) => file === mutant.file && from === mutant.from && to === mutant.to,
    );
    if (known !== undefined) equivalent.set(mutant, known);
  }
  const used = new Set(equivalent.values());
  const files = new Set(tried.map(({ file }) => file));
  return {
    tried,
    killed: tried.length - alive.length,
    survivors: alive.filter((mutant) => !equivalent.has(mutant)),
    equivalent,
    stale: equivalents.filter((one) => files.has(one.file) && !used.has(one)),
  };
}

/** @param {Outcome} outcome */
export function isSound({ tried, survivors, stale }) {
  return tried.length > 0 && survivors.length === 0 && stale.length === 0;
}
