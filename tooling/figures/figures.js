import { evidence } from "./evidence.js";
import { power } from "./power.js";
import { verdict } from "./verdict.js";

/**
 * Every picture: its path below the root, and what draws it.
 *
 * @type {readonly (readonly [path: string, draw: () => string | Promise<string>])[]}
 */
export const FIGURES = [
  ["docs/verdict.svg", verdict],
  ["docs/watch-evidence.svg", evidence],
  ["docs/watch-power.svg", power],
];
