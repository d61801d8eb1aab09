import { FURTHER_CHECKS } from "../checks/result.js";
import { CHECKS } from "../checks/model/eight.js";

/** The ids that a policy's own checks may not take: those of every judge. */
export const BUILT_IN_CHECKS: ReadonlySet<string> = new Set([...CHECKS.map(({ id }) => id), ...FURTHER_CHECKS]);
