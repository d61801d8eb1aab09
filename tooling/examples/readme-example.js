/**
 * The example of a README: its first `ts` fence, and the `text` fence right after it, which is what it prints.
 *
 * @param {string} readme
 * @returns {{ code: string, prints: string }}
 */
export function readmeExample(readme) {
  const matches = [...readme.matchAll(/^```(\w*)[^\n]*\n(.*?)^```[ \t]*$/gms)];
  const fences = matches.map(([, language, body = ""]) => ({ language, body }));
  const at = fences.findIndex(({ language }) => language === "ts");
  const [code, prints] = fences.slice(at);
  if (at < 0 || code === undefined) throw new Error("the README has no ```ts example");
  if (prints?.language !== "text") throw new Error("the fence after the ```ts example is not ```text, its output");
  return { code: code.body, prints: prints.body };
}
