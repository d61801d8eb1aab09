import type { Policy } from "@qsc/contract";
import type { ModelSignatures } from "./model-signatures.js";

/** Where, and under which policy, a judgement is made. */
export interface JudgementContext {
  readonly policy: Policy;
  /** `built-in`, or the policy's file. */
  readonly policySource: string;
  readonly unit: string | null;
  readonly host: string;
  readonly toolVersion: string;
  /** For a policy that requires `model_signature`; null or missing if none are named. */
  readonly modelSignatures?: ModelSignatures | null;
  /** Now, in milliseconds since 1970. */
  readonly now: () => number;
}
