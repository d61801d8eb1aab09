// How a changeset becomes a part of a changelog: its text as it was written, without the commit, which its reader does not
// have; and one line for the packages that only follow others.

/** @param {string} text */
const sentence = (text) => text.replace(/^[a-z]/, (letter) => letter.toUpperCase());

module.exports = {
  /** @param {{ summary: string }} changeset */
  getReleaseLine: async ({ summary }) => {
    const [first = "", ...rest] = summary.trim().split("\n");
    return [`- ${sentence(first.trimEnd())}`, ...rest.map((line) => `  ${line}`.trimEnd())].join("\n");
  },
  /** @param {unknown} _changesets @param {{ name: string, newVersion: string }[]} dependencies */
  getDependencyReleaseLine: async (_changesets, dependencies) =>
    dependencies.length === 0
      ? ""
      : `- With ${dependencies.map(({ name, newVersion }) => `${name} ${newVersion}`).join(", ")}.`,
};
