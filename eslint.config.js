import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

import { boundaries } from "./tooling/eslint/boundaries.js";
import { noCircles } from "./tooling/eslint/circles.js";
import { noExits } from "./tooling/eslint/exits.js";

const source = ["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"];
const tests = ["{packages,apps,tooling}/*/test/**/*.ts", "examples/test/**/*.ts"];

export default defineConfig(
  { ignores: ["**/dist/", "**/bundle/", "site/", "**/node_modules/", "**/.readme-example/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts", "**/*.js"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      // Names from telemetry are taken apart by code point on purpose: that is how they are made inert.
      "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  {
    files: [...source, ...tests],
    ignores: ["tooling/**", "examples/**"],
    plugins: { qsc: { rules: { boundaries } } },
    rules: { "qsc/boundaries": "error" },
  },
  { files: ["packages/*/src/**/*.ts"], rules: { "no-console": "error" } },
  {
    files: source,
    plugins: { circles: { rules: { "no-circles": noCircles } } },
    rules: { "circles/no-circles": "error" },
  },
  { files: source, ignores: ["apps/*/src/process.ts"], rules: noExits },
  {
    // One idea a file, one thought a function. A longer file begins with: eslint max-lines: off -- the reason.
    files: source,
    rules: { "max-lines": ["error", 250], "max-lines-per-function": ["error", 60] },
  },
  {
    // Statistics have no clock: what they say of some data is the same at any time.
    files: ["packages/stats/src/**/*.ts"],
    rules: { "no-restricted-globals": ["error", "Date", "performance", "process", "setTimeout", "setInterval"] },
  },
  {
    // A test reads what it has just made, from JSON too; and a failing assertion is as good as a type there. In plain
    // JavaScript these rules do not see the types that JSDoc gives; tsc checks those.
    files: [...tests, "**/*.js"],
    rules: {
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: tests,
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
);
