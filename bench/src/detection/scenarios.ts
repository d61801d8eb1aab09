import type { Policy } from "@qsc/contract";
import { DEFAULT_POLICY } from "@qsc/violations";
import { DEGREES, FAULTS, type Fault } from "./faults.js";
import { ONE_BY_ONE, type Arrivals } from "./arrivals.js";
import { HEALTHY, lopsided, type Kind } from "./kinds.js";
import { USUAL_DWELL } from "./market.js";
import { RECORDED_MODELS } from "./recorded.js";

type Start = "the beginning" | "the third hour";

/** A kind of watch. */
export interface Scenario {
  readonly name: string;
  readonly group: "legal" | "illegal" | "study" | "dependence" | "persistent fault" | "fault";
  readonly models: readonly Kind[];
  /**
   * The total number of watched models, although only one is simulated: the false-alarm budget is split over all of
   * them.
   */
  readonly budgetFor: number;
  readonly policy: Policy;
  readonly arrivals: Arrivals;
  /** How many decisions a regime of the market lasts on average. */
  readonly dwell: number;
  /** In place of the simulated models: one from the recording, drawn in blocks of `block` decisions. */
  readonly recorded: { readonly model: (typeof RECORDED_MODELS)[number]; readonly block: number } | null;
  /** The fault of the first model. */
  readonly fault: {
    readonly fault: Fault;
    readonly start: Start;
    readonly degree: (typeof DEGREES)[number];
    readonly id: string;
  } | null;
}

/** No real policy can be this: only the runbook's 85 % rule, to study it. */
const ONLY_85: Policy = { ...DEFAULT_POLICY, limits: { ...DEFAULT_POLICY.limits, "action_collapse.largestShare": 1 } };

const [balanced, holding, selling, narrow] = HEALTHY;

const USUAL = {
  budgetFor: 4,
  policy: DEFAULT_POLICY,
  arrivals: ONE_BY_ONE,
  dwell: USUAL_DWELL,
  recorded: null,
  fault: null,
} as const;

function four(name: string, group: Scenario["group"], first: Kind, policy: Policy = DEFAULT_POLICY): Scenario {
  return { ...USUAL, name, group, models: [first, holding, selling, narrow], policy };
}

function sticky(kind: Kind, stickiness: number): Kind {
  return { ...kind, stickiness, confidence: { ...kind.confidence, autocorrelation: stickiness } };
}

function dependent(name: string, kind: Kind, more: Partial<Scenario> = {}): Scenario {
  return { ...USUAL, name, group: "dependence", models: [kind], ...more };
}

const PERSISTENCE = [0, 0.2, 0.4, 0.6, 0.8] as const;
const SHARES = [0.6, 0.65, 0.68] as const;
const ENDLESS = 1e9;

/** Labels and confidences that persist within a symbol: healthy models, and legal ones near the limit of .70. */
const PERSISTENT: readonly Scenario[] = PERSISTENCE.flatMap((r) => [
  dependent(`balanced, persistence ${r}`, sticky(balanced, r)),
  dependent(`narrow, persistence ${r}`, sticky(narrow, r)),
  ...SHARES.map((share) => dependent(`BUY ${share}, persistence ${r}`, sticky(lopsided(share), r))),
]);

/** Symbols that decide within milliseconds, at most every 20 s, all moved by one market. */
const BURSTS: readonly Scenario[] = [1, 5, 20].flatMap((burst) =>
  [0.2, 0.6].map((r) => {
    const arrivals = { symbols: 20, burst, everySeconds: burst };
    const kind = { ...sticky(lopsided(0.6), r), tilt: 0.09 };
    return dependent(`bursts of ${burst} of 20 symbols, BUY 0.60 +- .09, persistence ${r}`, kind, {
      arrivals,
      // Almost every burst has a regime of its own, which its symbols share and the next burst does not.
      dwell: burst,
    });
  }),
);

/** Market regimes that move a label's share to either side of the model's own, but within the limit. */
const REGIMES: readonly Scenario[] = [300, 3600, 3 * 3600].map((dwell) =>
  dependent(
    `regimes of ${dwell / 60} minutes, BUY 0.60 +- .09, persistence 0.4`,
    {
      ...sticky(lopsided(0.6), 0.4),
      tilt: 0.09,
    },
    { dwell },
  ),
);

/** The recording's two models that predict, at the recorded rate: about 12 symbols at once, every four minutes. */
const RECORDED: readonly Scenario[] = RECORDED_MODELS.flatMap((model) =>
  [20, 60, 200].map((block) =>
    dependent(`recorded ${model}, blocks of ${block}`, balanced, {
      arrivals: { symbols: 19, burst: 12, everySeconds: 240 },
      recorded: { model, block },
    }),
  ),
);

/** Constant output of one label, from a model that was just as persistent before. */
const PERSISTENT_FAULTS: readonly Scenario[] = PERSISTENCE.flatMap((r) =>
  (["the beginning", "the third hour"] as const).map((start) =>
    dependent(`BUY 100 %, persistence ${r}, from ${start}`, sticky(balanced, r), {
      group: "persistent fault",
      dwell: ENDLESS,
      fault: { fault: { shares: [1, 0, 0] }, start, degree: "gross", id: `BUY 100 %, persistence ${r}` },
    }),
  ),
);

const STARTS: readonly Start[] = ["the beginning", "the third hour"];

export const SCENARIOS: readonly Scenario[] = [
  four("four healthy kinds", "legal", balanced),
  ...[0.6, 0.65, 0.68].map((share) => four(`BUY ${share}, 0.70 allowed`, "legal", lopsided(share))),
  four("BUY 0.72, 0.70 allowed", "illegal", lopsided(0.72)),
  ...[0.75, 0.78, 0.8].map((share) => four(`BUY ${share}, 0.85 allowed`, "study", lopsided(share), ONLY_85)),
  ...PERSISTENT,
  ...BURSTS,
  ...REGIMES,
  ...RECORDED,
  ...PERSISTENT_FAULTS,
  ...FAULTS.flatMap(({ id, degrees, of }) =>
    STARTS.flatMap((start) =>
      degrees.map((text, index) => {
        const at = index as 0 | 1 | 2;
        const name = `${id}: ${text}, from ${start}`;
        return {
          ...USUAL,
          name,
          group: "fault" as const,
          models: [balanced],
          fault: { fault: of(at), start, degree: DEGREES[at], id: `${id}: ${text}` },
        };
      }),
    ),
  ),
];
