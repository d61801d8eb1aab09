import { inertText, type GateDocument } from "@qsc/contract";
import { json, problemOf, type Answer } from "../http/answer.js";
import { checked } from "../http/call.js";
import { inTime } from "../http/in-time.js";
import { Refusal } from "../http/refusal.js";
import { tokenIn } from "../http/tokens.js";
import { jsonBody } from "../http/typed-body.js";
import { flaggerPath, flaggerPayload, hookAnswer, modelQuery } from "../schemas.js";
import { askGate, requireAnswerable, type Question } from "../verdict/ask-gate.js";
import { saidOf, statusOf } from "../verdict/proven.js";
import type { Judge, Route } from "./route.js";

/*
 * Flagger's webhooks (https://docs.flagger.app/usage/webhooks; its code is pkg/controller/webhook.go, and
 * scheduler_hooks.go for what follows from an answer). It sends a POST with a JSON payload and no header of its own, and
 * takes every status up to 202 for a success; anything else, and no answer within the webhook's timeout (10s), for a
 * failure, whose body it logs.
 *
 * - confirm-rollout, confirm-traffic-increase, confirm-promotion: a failure is asked again, and nothing advances;
 * - pre-rollout, rollout: a failure counts towards the threshold at which the canary is rolled back;
 * - post-rollout, event: only logged;
 * - rollback: a SUCCESS rolls the canary back. So it is the one hook to which a success says that there is no pass. As a
 *   webhook of another type its answers would be upside down, so it must say in its metadata which hook it is.
 *
 * A token stands in the metadata, or in the URL, whose user and password Go sends as basic authentication.
 */

/** What a question is limited to stands in the URL, where a misspelt name is refused. In the metadata it would be ignored. */
const ASKED = Object.keys(modelQuery.shape);

export const flagger: Route = {
  method: "POST",
  path: "/v1/flagger/{hook}",
  id: "flaggerHook",
  summary: "For Flagger's webhooks: may this model take traffic? To the hook rollback: must the canary be rolled back?",
  scope: "verdicts",
  tokenIn: "body",
  pathParameters: flaggerPath,
  query: modelQuery,
  body: { types: { "application/json": flaggerPayload } },
  answers: {
    200: { means: "A pass. To the hook rollback: there is no pass, so roll back", schema: hookAnswer },
    409: { means: "Not a pass. To the hook rollback: a pass, so do not roll back", schema: hookAnswer },
  },
  run: async (call, judge) => {
    const late = AbortSignal.timeout(judge.limits.rollbackMs);
    const { hook } = checked(flaggerPath, call.path, "The path");
    const { metadata } = checked(flaggerPayload, await jsonBody(call, judge.limits), "The payload");
    judge.admit(metadata?.["token"] ?? tokenIn(call.request.headers.authorization), "verdicts");
    const misplaced = ASKED.find((key) => metadata?.[key] !== undefined);
    if (misplaced !== undefined)
      throw new Refusal("request_invalid", `Write '${misplaced}' as a parameter of the URL, not in the metadata.`);
    if (hook === "rollback" && metadata?.["hook"] !== "rollback")
      throw new Refusal(
        "request_invalid",
        "A success of this path rolls back: use it for a webhook of type rollback, and write hook: rollback in its metadata.",
      );
    if (metadata?.["hook"] !== undefined && metadata["hook"] !== hook)
      throw new Refusal(
        "request_invalid",
        `The metadata says hook: ${metadata["hook"].slice(0, 60)}, and the path is that of ${hook}: write one hook in both.`,
      );
    const asked = checked(modelQuery, call.query, "The query");
    if (hook !== "rollback") return advance(await ask(asked, call.signal, judge));
    // What is refused is not a reason to roll back.
    requireAnswerable({ mode: "canary", ...asked }, judge.request.judgement.now);
    return rollback(asked, { gone: call.signal, late }, judge);
  },
};

const LATE = "there was no verdict in time";

type Asked = Omit<Question, "mode">;

function ask(asked: Asked, signal: AbortSignal, { request, verdictSlots }: Judge): Promise<GateDocument> {
  return askGate({ mode: "canary", ...asked }, { request, slots: verdictSlots }, signal);
}

function advance(document: GateDocument): Answer {
  const said = saidOf(document);
  return json(statusOf(document), said, said.verdict);
}

/** Whatever is not a proven pass rolls back, also where there is no verdict, or none in time. */
async function rollback(
  asked: Asked,
  { gone, late }: { readonly gone: AbortSignal; readonly late: AbortSignal },
  judge: Judge,
): Promise<Answer> {
  const signal = AbortSignal.any([gone, late]);
  try {
    const said = saidOf(await inTime(ask(asked, signal, judge), signal));
    return json(said.pass ? 409 : 200, { ...said, rollback: !said.pass }, said.verdict);
  } catch (thrown) {
    if (gone.aborted) throw thrown;
    const { status, code, message } = problemOf(late.aborted ? new Refusal("judge_late", LATE) : thrown);
    const reasons = [inertText(message)];
    const found = { pass: false, verdict: "unknown", rollback: true, model: asked.model ?? "", reasons, codes: [code] };
    return { ...json(200, found, "unknown"), hasDocument: false, ...(status === 500 && { fault: thrown }) };
  }
}
