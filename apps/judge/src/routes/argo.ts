import type { GateDocument } from "@qsc/contract";
import { json, type Answer } from "../http/answer.js";
import { checked, type Call } from "../http/call.js";
import { jsonBody } from "../http/typed-body.js";
import { measurement, measurementPath, modelBody, windowQuery } from "../schemas.js";
import { askGate, type Question } from "../verdict/ask-gate.js";
import { NOT_A_PASS, saidOf } from "../verdict/proven.js";
import type { Judge, Route } from "./route.js";

/*
 * Argo Rollouts' web metric provider (https://argo-rollouts.readthedocs.io/en/stable/analysis/web/; its code is
 * metricproviders/webmetric/webmetric.go and utils/evaluate/evaluate.go). What it makes of an answer:
 *
 * - a status below 200 or from 300 on, or no answer in time: Error, which is never a success, and ends the analysis when
 *   there are more of them in a row than consecutiveErrorLimit;
 * - a success whose body is not JSON: Successful, whatever the conditions are. So each of our bodies is JSON with its
 *   length, and one that is cut off is an error of reading;
 * - a success in JSON: successCondition and failureCondition decide. Where only a failureCondition is written, all that
 *   is not a failure is Successful; where none is written, everything is.
 *
 * Therefore a pass is 200, a proven failure is 200 with `fail`, which is Failed at once, and what is unknown is not a
 * success by its status, whatever the template says.
 */

const answers = {
  200: {
    means: "pass: proven. Otherwise fail is true: a proven failure. Write successCondition: result.pass == true",
    schema: measurement,
  },
  409: { means: "Unknown: neither proven nor a proven failure", schema: measurement },
} as const;

async function measure(question: Question, { request, verdictSlots }: Judge, signal: AbortSignal): Promise<Answer> {
  return measured(await askGate(question, { request, slots: verdictSlots }, signal));
}

function measured(document: GateDocument): Answer {
  const { pass, ...said } = saidOf(document);
  const fail = said.verdict === "fail";
  const { judgedAt, digest } = document;
  return json(pass || fail ? 200 : NOT_A_PASS, { pass, fail, ...said, judgedAt, digest }, said.verdict);
}

export const argoGet: Route = {
  method: "GET",
  path: "/v1/argo/measurements/{model}",
  id: "argoMeasurement",
  summary: "For Argo Rollouts' web metric: may this model take traffic?",
  scope: "verdicts",
  tokenIn: "header",
  pathParameters: measurementPath,
  query: windowQuery,
  body: null,
  answers,
  run: async ({ path, query, signal }, judge) => {
    const { model } = checked(measurementPath, path, "The path");
    const asked = checked(windowQuery, query, "The query");
    return measure({ mode: "canary", model, ...asked }, judge, signal);
  },
};

export const argoPost: Route = {
  method: "POST",
  path: "/v1/argo/measurements",
  id: "argoMeasurementByPost",
  summary: "The same with method: POST, and the question as jsonBody",
  scope: "verdicts",
  tokenIn: "header",
  pathParameters: null,
  query: null,
  body: { types: { "application/json": modelBody } },
  answers,
  run: async (call: Call, judge) => {
    const { count, ...asked } = checked(modelBody, await jsonBody(call, judge.limits), "The body");
    const question = { mode: "canary", ...asked, ...(count !== undefined && { count: String(count) }) } as const;
    return measure(question, judge, call.signal);
  },
};
