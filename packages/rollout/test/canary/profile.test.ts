import { makeProfile } from "@qsc/violations";
import { expect, test } from "vitest";
import { activate } from "../../src/activate.js";
import type { OperationContext } from "../../src/operation/context.js";
import { MODEL } from "./model/engine.js";
import { POLICY, Process } from "./model/process.js";
import { PROOF_MS, run } from "./model/run.js";
import { baselineMachine } from "./model/scenarios.js";

const KNOWN = Object.keys(POLICY.limits);

/** The policy of a program that takes its limits from a profile. */
function withLimitsOf(context: OperationContext, profile: ReturnType<typeof makeProfile>): OperationContext {
  const own = Object.entries(profile.limits).filter(([key]) => KNOWN.includes(key));
  const policy = { ...POLICY, limits: { ...POLICY.limits, ...Object.fromEntries(own) } };
  return { ...context, judgement: { ...context.judgement, policy } };
}

test.each(["imbalanced", "confident", "slow"] as const)(
  "evidence that is judged under the limits of the profile %s activates nothing",
  async (base) => {
    const machine = await baselineMachine();
    const starts = machine.starts;
    const profile = makeProfile({ name: "own", base, labels: { acting: ["BUY", "SELL"], abstaining: ["HOLD"] } });
    const request = {
      model: MODEL,
      cutoverMs: machine.engine?.startedMs ?? 0,
      dryRun: false,
      durationMs: 13_000,
      watchUnit: null,
      proofMs: PROOF_MS,
      signal: new AbortController().signal,
    };
    const outcome = await run(machine, new Process(machine), (context) =>
      activate(withLimitsOf(context, profile), request),
    );
    const [key = ""] = Object.keys(profile.limits).filter((each) => profile.limits[each] !== POLICY.limits[each]);
    expect(outcome).toMatchObject({
      kind: "done",
      document: { verdict: "fail", exitCode: 2, codes: ["limits_laxer"], reasons: [expect.stringContaining(key)] },
    });
    expect(machine.dropIn).toBeNull();
    expect(machine.starts).toBe(starts);
  },
);
