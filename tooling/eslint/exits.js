const message = "only an app's process.ts exits: throw, and let it map the error to an exit code";

/**
 * The ways to end the process or set its exit code, for source that may do neither.
 *
 * @type {import("eslint").Linter.RulesRecord}
 */
export const noExits = {
  "no-restricted-properties": [
    "error",
    ...["exit", "exitCode", "abort", "reallyExit"].map((property) => ({ object: "process", property, message })),
  ],
  "no-restricted-imports": [
    "error",
    ...["process", "node:process"].map((name) => ({ name, importNames: ["exit", "exitCode", "abort"], message })),
  ],
};
