/**
 * A sentence if Node is too old; undefined if it is new enough.
 *
 * @param {string} running as in `process.versions.node`
 * @param {string} range as in the engines of package.json; only `>=major.minor` is supported
 * @returns {string | undefined}
 */
export function nodeVersionProblem(running, range) {
  const wanted = /^>=(\d+)\.(\d+)$/.exec(range);
  if (wanted === null) throw new Error(`engines.node is ${range}, not of the form >=major.minor`);
  const [major = 0, minor = 0] = running.split(".").map(Number);
  const [wantedMajor, wantedMinor] = [Number(wanted[1]), Number(wanted[2])];
  const enough = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  if (enough) return undefined;
  return `QSC needs Node ${range}, but this is Node ${running}: install a newer Node and try again.`;
}
