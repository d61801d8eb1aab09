/** @typedef {{ name: string, command: readonly [string, ...string[]] }} Stage */

/** The checks besides the tests, in lanes that run in parallel: the linter takes as long as the others together. */
/** @type {readonly (readonly Stage[])[]} */
export const lanes = [
  [{ name: "lint", command: ["node_modules/.bin/eslint", "."] }],
  [
    { name: "types, tests included", command: ["node_modules/.bin/tsc", "-b"] },
    { name: "format", command: ["node_modules/.bin/prettier", "--check", "--log-level", "warn", "."] },
    { name: "knip", command: ["node_modules/.bin/knip"] },
    { name: "publint and attw", command: ["node", "tooling/publish-check/check.js"] },
    { name: "documentation site", command: ["node", "tooling/site/build.js"] },
  ],
];
