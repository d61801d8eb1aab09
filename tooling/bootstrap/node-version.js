/**
 * One sentence for a Node that is too old, undefined for one that will do.
 *
 * @param {string} running as `process.versions.node` has it
 * @param {string} range as package.json's engines has it; only `>=major.minor` is understood
 * @returns {string | undefined}
 */
export function nodeVersionProblem(running, range) {
  const wanted = /^>=(\d+)\.(\d+)$/.exec(range);
  if (wanted === null) throw new Error(`engines.node is ${range}, not of the form >=major.minor`);
  const [major = 0, minor = 0] = running.split(".").map(Number);
  const [wantedMajor, wantedMinor] = [Number(wanted[1]), Number(wanted[2])];
  const enough = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  if (enough) return undefined;
  return `QSC needs Node ${range}, and this is Node ${running}: install a newer Node and try again.`;
}
