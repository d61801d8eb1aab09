/** @typedef {{ code: string, prints: string }} Example */

/**
 * The example of a README: its first `ts` fence, and the `text` fence right after it with its output.
 *
 * @param {string} readme
 * @returns {Example}
 */
export function readmeExample(readme) {
  const [first] = examplesIn(readme);
  if (first === undefined) throw new Error("the README has no ```ts example");
  return printing(first);
}

/**
 * Every `ts` fence of a README, each with the `text` fence right after it.
 *
 * @param {string} readme
 * @returns {readonly Example[]}
 */
export function readmeExamples(readme) {
  return examplesIn(readme).map(printing);
}

/**
 * The first `sh` fence of a README that has the `text` fence right after it with its output.
 *
 * @param {string} readme
 * @returns {Example}
 */
export function shellExample(readme) {
  const fences = fencesOf(readme);
  const index = fences.findIndex(({ language }, at) => language === "sh" && fences[at + 1]?.language === "text");
  const [code, next] = [fences[index], fences[index + 1]];
  if (code === undefined || next === undefined) throw new Error("the README has no ```sh example with its output");
  return { code: code.body, prints: next.body };
}

/** @typedef {{ language: string | undefined, body: string }} Fence */

/** @param {string} readme @returns {Fence[]} */
function fencesOf(readme) {
  const matches = [...readme.matchAll(/^```(\w*)[^\n]*\n(.*?)^```[ \t]*$/gms)];
  return matches.map(([, language, body = ""]) => ({ language, body }));
}

/** @param {string} readme @returns {readonly { code: Fence, next: Fence | undefined }[]} */
function examplesIn(readme) {
  const fences = fencesOf(readme);
  return fences.flatMap((code, index) => (code.language === "ts" ? [{ code, next: fences[index + 1] }] : []));
}

/** @param {{ code: Fence, next: Fence | undefined }} example @returns {Example} */
function printing({ code, next }) {
  if (next?.language !== "text") throw new Error("the fence after the ```ts example is not ```text, its output");
  return { code: code.body, prints: next.body };
}
