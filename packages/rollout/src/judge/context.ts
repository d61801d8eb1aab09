import type { Policy } from "@qsc/contract";

/** Where, and under which policy, a judgement is made. */
export interface JudgementContext {
  readonly policy: Policy;
  /** `built-in`, or the policy's file. */
  readonly policySource: string;
  readonly unit: string | null;
  readonly host: string;
  readonly toolVersion: string;
  /** Now, in milliseconds since 1970. */
  readonly now: () => number;
}
