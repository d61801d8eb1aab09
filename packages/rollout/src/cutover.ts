import { asQscError, sealed, type CutoverDocument } from "@qsc/contract";
import { cutoverOf } from "@qsc/systemd";
import { headOf, type Reason } from "./canary/document.js";
import { Steps } from "./canary/steps.js";
import type { CanaryWorld } from "./canary/world.js";

/** The start of the unit's process: what it publishes from then on is what is judged. */
export async function cutover(world: CanaryWorld): Promise<CutoverDocument> {
  const steps = new Steps();
  let found: string | null = null;
  const reasons: Reason[] = [];
  await steps
    .take("unit", async () => {
      found = cutoverOf(await world.services.state(world.unit));
      return `${world.unit} started at ${found}`;
    })
    .catch((thrown: unknown) => {
      reasons.push({ code: asQscError(thrown).code, text: thrown instanceof Error ? thrown.message : String(thrown) });
    });
  return sealed({ kind: "cutover" as const, ...headOf(world, { reasons }, steps), cutover: found });
}
