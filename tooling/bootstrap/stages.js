/** What is checked beside the tests, in this order. */
/** @type {readonly { name: string, command: readonly [string, ...string[]] }[]} */
export const stages = [
  { name: "lint", command: ["node_modules/.bin/eslint", "."] },
  { name: "types, tests included", command: ["node_modules/.bin/tsc", "-b"] },
  { name: "knip", command: ["node_modules/.bin/knip"] },
  { name: "publint and attw", command: ["node", "tooling/packages/check.js"] },
];
