import type { Policy } from "@qsc/contract";
import { DEFAULT_POLICY } from "@qsc/violations";
import { DEGREES, FAULTS, type Fault } from "./faults.js";
import { HEALTHY, lopsided, type Kind } from "./kinds.js";

type Start = "the beginning" | "the third hour";

/** A kind of watch. */
export interface Scenario {
  readonly name: string;
  readonly group: "legal" | "illegal" | "study" | "dependence" | "fault";
  readonly models: readonly Kind[];
  /** Watched models in all, where only one is simulated: the false-alarm budget is split over so many. */
  readonly budgetFor: number;
  readonly policy: Policy;
  /** Of the first model. */
  readonly fault: { readonly fault: Fault; readonly start: Start; readonly degree: (typeof DEGREES)[number]; readonly id: string } | null;
}

/** Not a policy that may be written: the runbook's 85 % alone, for the study of that rule. */
const ONLY_85: Policy = { ...DEFAULT_POLICY, limits: { ...DEFAULT_POLICY.limits, "action_collapse.largestShare": 1 } };

const [balanced, holding, selling, narrow] = HEALTHY;

function four(name: string, group: Scenario["group"], first: Kind, policy: Policy = DEFAULT_POLICY): Scenario {
  return { name, group, models: [first, holding, selling, narrow], budgetFor: 4, policy, fault: null };
}

function sticky(kind: Kind, stickiness: number): Kind {
  return { ...kind, stickiness, confidence: { ...kind.confidence, autocorrelation: stickiness } };
}

function dependent(name: string, first: Kind, stickiness: number): Scenario {
  const models = [first, holding, selling, narrow].map((kind) => sticky(kind, stickiness));
  return { name, group: "dependence", models, budgetFor: 4, policy: DEFAULT_POLICY, fault: null };
}

const STARTS: readonly Start[] = ["the beginning", "the third hour"];

export const SCENARIOS: readonly Scenario[] = [
  four("four healthy kinds", "legal", balanced),
  ...[0.6, 0.65, 0.68].map((share) => four(`BUY ${share}, 0.70 allowed`, "legal", lopsided(share))),
  four("BUY 0.72, 0.70 allowed", "illegal", lopsided(0.72)),
  ...[0.75, 0.78, 0.8].map((share) => four(`BUY ${share}, 0.85 allowed`, "study", lopsided(share), ONLY_85)),
  ...[0, 0.4, 0.6, 0.8].flatMap((stickiness) => [
    dependent(`healthy, autocorrelation ${stickiness}`, balanced, stickiness),
    dependent(`BUY 0.65, autocorrelation ${stickiness}`, lopsided(0.65), stickiness),
  ]),
  ...FAULTS.flatMap(({ id, degrees, of }) =>
    STARTS.flatMap((start) =>
      degrees.map((text, index) => {
        const at = index as 0 | 1 | 2;
        const name = `${id}: ${text}, from ${start}`;
        return { name, group: "fault" as const, models: [balanced], budgetFor: 4, policy: DEFAULT_POLICY, fault: { fault: of(at), start, degree: DEGREES[at], id: `${id}: ${text}` } };
      }),
    ),
  ),
];
