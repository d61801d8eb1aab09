import type { Policy } from "@qsc/contract";
import { DEFAULT_LABELS } from "../labels.js";
import { LIMIT_RULES } from "./limits.js";

/** The built-in policy: it applies wherever no policy file sets something stricter. */
export const DEFAULT_POLICY: Policy = {
  limits: Object.fromEntries(Object.entries(LIMIT_RULES).map(([key, { value }]) => [key, value])),
  labels: DEFAULT_LABELS,
  minEvents: { collection: 100, canary: 200 },
  confidence: {},
  require: [],
  checks: [],
};
