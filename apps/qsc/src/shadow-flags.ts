import { QscError } from "@qsc/contract";
import type { GateRequest } from "@qsc/rollout/judging";
import { type JudgingSession, text } from "./command.js";

/** The flag of the commands that judge one model as a shadow. */
export const SHADOW_FLAG = {
  type: "boolean",
  default: false,
  description: "Judge --model by the answers that it gives as a shadow, without a vote",
} as const;

export type Asked = Required<Pick<GateRequest, "model" | "shadow" | "against">>;

/** Which model is judged, and how. @throws QscError `usage` if the flags contradict each other */
export function askedOf(flags: JudgingSession["flags"]): Asked {
  const model = text(flags, "model");
  const against = text(flags, "against");
  const shadow = flags["shadow"] === true;
  if (shadow && model === null) throw new QscError("usage", "--shadow needs --model: name the shadow to judge.");
  if (against !== null && !shadow)
    throw new QscError("usage", `--against ${against} needs --shadow: only a shadow is compared with another model.`);
  if (against !== null && against === model)
    throw new QscError("usage", `--against names the shadow itself, ${against}: name the model to compare it with.`);
  return { model, shadow, against };
}
