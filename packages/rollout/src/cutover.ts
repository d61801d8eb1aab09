import { asQscError, sealed, type CutoverDocument } from "@qsc/contract";
import { cutoverOf } from "@qsc/systemd";
import { headOf, type Reason } from "./operation/document.js";
import { Steps } from "./operation/steps.js";
import type { OperationContext } from "./operation/context.js";

/** The start of the unit's process: what it publishes from then on is judged. */
export async function cutover(context: OperationContext): Promise<CutoverDocument> {
  const steps = new Steps();
  let found: string | null = null;
  const reasons: Reason[] = [];
  await steps
    .take("unit", async () => {
      found = cutoverOf(await context.services.state(context.unit));
      return `${context.unit} started at ${found}`;
    })
    .catch((thrown: unknown) => {
      reasons.push({ code: asQscError(thrown).code, text: thrown instanceof Error ? thrown.message : String(thrown) });
    });
  return sealed({ kind: "cutover" as const, ...headOf(context, { reasons }, steps), cutover: found });
}
