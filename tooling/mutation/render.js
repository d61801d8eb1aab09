/** @typedef {import("./outcome.js").Outcome} Outcome */
/** @typedef {import("./trials.js").Tried} Tried */

/** @param {Tried} mutant */
function change({ kind, from, to }) {
  return `${kind}: ${shortened(from, to)} -> ${shortened(to, from)}`;
}

/**
 * The part of a long `text` that differs from `other`, with some context.
 * @param {string} text
 * @param {string} other
 */
function shortened(text, other) {
  if (text.length <= 70) return text;
  let start = 0;
  while (start < text.length && text[start] === other[start]) start += 1;
  let end = 0;
  while (end < text.length - start && text.at(-1 - end) === other.at(-1 - end)) end += 1;
  const from = Math.max(0, start - 25);
  const until = Math.min(text.length, text.length - end + 25, from + 110);
  return `${from > 0 ? "..." : ""}${text.slice(from, until)}${until < text.length ? "..." : ""}`;
}

/** What happened to a mutant. @param {Tried} mutant @param {Pick<Outcome, "equivalent">} outcome */
function fate(mutant, { equivalent }) {
  const { killer } = mutant;
  if (killer === null)
    return equivalent.has(mutant) ? `equivalent: ${equivalent.get(mutant)?.because ?? ""}` : "SURVIVED";
  const test = killer.test.replace(/^test\/|\.test\.ts$/g, "");
  return `${test === "" ? "" : `${test}: `}${killer.title}`;
}

/** @param {Outcome} outcome */
export function totals({ tried, killed, equivalent, survivors }) {
  return `${tried.length} mutants: ${killed} killed, ${survivors.length} survived, ${equivalent.size} equivalent`;
}

/** One line, for the terminal. @param {Tried} mutant @param {Pick<Outcome, "equivalent">} outcome */
export function line(mutant, outcome) {
  return `${mutant.file}:${mutant.line}  ${change(mutant)}  ${fate(mutant, outcome)}`;
}

/** What is wrong, in whole lines; empty if nothing is. @param {Outcome} outcome */
export function complaints(outcome) {
  return [
    ...outcome.survivors.map((mutant) => line(mutant, outcome)),
    ...outcome.stale.map(
      ({ file, from, to }) =>
        `${file}: '${from}' -> '${to}' is listed as equivalent, but was killed or no longer exists`,
    ),
  ];
}

/**
 * @param {Outcome} outcome
 * @param {{ date: string, node: string, seconds: number, packageName: string }} facts
 */
export function markdown(outcome, { date, node, seconds, packageName }) {
  const files = [...new Set(outcome.tried.map(({ file }) => file))];
  return `# Mutations

Every comparison that a verdict of \`${packageName}\` depends on, broken in every listed way, one at a time, in a copy of the package, with the
first test that fails because of it. A mutant that no test notices is a hole in the tests: the runner fails and names it.
Conditions that only choose the words of a sentence are not mutated. A guard against null, which the compiler requires, is only
flipped.

Written by \`node tooling/mutation/run.js --write\` on ${date} with Node ${node}, in ${seconds} s. **${totals(outcome)}.**

| file | mutants | killed | survived | equivalent |
|---|---:|---:|---:|---:|
${files.map((file) => summary(file, outcome)).join("\n")}
${equivalentTable(outcome)}${files.map((file) => section(file, outcome)).join("")}`;
}

/** @param {string} file @param {Outcome} outcome */
function summary(file, { tried, survivors, equivalent }) {
  const all = tried.filter((mutant) => mutant.file === file);
  const alive = survivors.filter((mutant) => mutant.file === file).length;
  const same = [...equivalent.keys()].filter((mutant) => mutant.file === file).length;
  return `| \`${file}\` | ${all.length} | ${all.length - alive - same} | ${alive} | ${same} |`;
}

/** @param {Outcome} outcome */
function equivalentTable({ equivalent }) {
  if (equivalent.size === 0) return "";
  const rows = [...equivalent].map(([mutant, { because }]) => {
    return `| \`${mutant.file}:${mutant.line}\` | ${code(change(mutant))} | ${cell(because)} |`;
  });
  return `
## Equivalent mutants

They change nothing observable. Each is still tried, and must survive.

| where | mutation | why nothing changes |
|---|---|---|
${rows.join("\n")}
`;
}

/** @param {string} file @param {Outcome} outcome */
function section(file, outcome) {
  const rows = outcome.tried
    .filter((mutant) => mutant.file === file)
    .map((mutant) => {
      const from = code(shortened(mutant.from, mutant.to));
      const to = code(shortened(mutant.to, mutant.from));
      return `| ${mutant.line} | ${mutant.kind} | ${from} | ${to} | ${cell(fate(mutant, outcome))} |`;
    });
  return `
## ${file}

| line | mutation | from | to | killed by |
|---:|---|---|---|---|
${rows.join("\n")}
`;
}

/** @param {string} text */
function code(text) {
  return `\`${cell(text)}\``;
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll("|", "\\|").replace(/\s+/g, " ");
}
