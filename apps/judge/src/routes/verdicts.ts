import { gateDocument } from "@qsc/contract/schemas";
import { toJson } from "@qsc/report";
import { checked } from "../http/call.js";
import { verdictPath, windowQuery } from "../schemas.js";
import { askGate } from "../verdict/ask-gate.js";
import { statusOf, verdictOf } from "../verdict/proven.js";
import type { Route } from "./route.js";

const shared = {
  method: "GET",
  scope: "verdicts",
  tokenIn: "header",
  query: windowQuery,
  body: null,
  answers: {
    200: { means: "A pass in canary mode: the document of qsc quality-gate --json", schema: gateDocument },
    409: {
      means: "Not a pass, a collection, or a pass as of another time than now: the same document, with its reasons",
      schema: gateDocument,
    },
  },
  run: async ({ path, query, signal }, { request, verdictSlots }) => {
    const { mode, model = null } = checked(verdictPath, path, "The path");
    const asked = checked(windowQuery, query, "The query");
    const document = await askGate({ mode, model, ...asked }, { request, slots: verdictSlots }, signal);
    return { status: statusOf(document), body: toJson(document), verdict: verdictOf(document) };
  },
} as const satisfies Partial<Route>;

export const verdictOnModel: Route = {
  ...shared,
  path: "/v1/verdicts/{mode}/{model}",
  id: "verdictOnModel",
  summary: "May this model take traffic? The quality gate over the telemetry",
  pathParameters: verdictPath.required(),
};

export const verdictOnAny: Route = {
  ...shared,
  path: "/v1/verdicts/{mode}",
  id: "verdictOnAny",
  summary: "May any model take traffic? The quality gate over the telemetry",
  pathParameters: verdictPath.pick({ mode: true }),
};
