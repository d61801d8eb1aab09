/** @typedef {{ name: string, command: readonly [string, ...string[]] }} Stage */

/** What is checked beside the tests, in lanes that run side by side: the linter takes as long as the others together. */
/** @type {readonly (readonly Stage[])[]} */
export const lanes = [
  [{ name: "lint", command: ["node_modules/.bin/eslint", "."] }],
  [
    { name: "types, tests included", command: ["node_modules/.bin/tsc", "-b"] },
    { name: "knip", command: ["node_modules/.bin/knip"] },
    { name: "publint and attw", command: ["node", "tooling/packages/check.js"] },
  ],
];
