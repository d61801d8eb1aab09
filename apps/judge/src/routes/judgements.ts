import { toJson } from "@qsc/report";
import { z } from "zod";
import { bodyOf } from "../http/body.js";
import { checked } from "../http/call.js";
import { requireType } from "../http/typed-body.js";
import { judgeDocument, judgementQuery, prediction } from "../schemas.js";
import { judgeBody } from "../verdict/judge-body.js";
import { statusOf } from "../verdict/proven.js";
import type { Route } from "./route.js";

const FORMATS = {
  "application/json": "json",
  "application/x-ndjson": "jsonl",
  "application/ndjson": "jsonl",
  "application/jsonl": "jsonl",
} as const;
const TYPES = Object.keys(FORMATS) as (keyof typeof FORMATS)[];

export const judgements: Route = {
  method: "POST",
  path: "/v1/judgements",
  id: "judgePredictions",
  summary: "Are these predictions sound? A JSON list, or one object on each line; also as gzip",
  scope: "judgements",
  tokenIn: "header",
  pathParameters: null,
  query: judgementQuery,
  body: {
    types: {
      "application/json": z.array(prediction),
      "application/x-ndjson": null,
      "application/ndjson": null,
      "application/jsonl": null,
    },
  },
  answers: {
    200: { means: "A pass: the document of qsc judge --json", schema: judgeDocument },
    409: { means: "Not a pass: the same document, with its reasons", schema: judgeDocument },
  },
  run: (call, judge) => {
    const { request, query, signal } = call;
    const asked = checked(judgementQuery, query, "The query");
    const format = FORMATS[requireType(request, TYPES)];
    return judge.judgementSlots.run(signal, async () => {
      const document = await judgeBody(bodyOf(call, judge.limits), format, asked, {
        request: judge.request,
        sortedRows: judge.limits.sortedRows,
        signal,
      });
      return { status: statusOf(document), body: toJson(document), verdict: document.verdict };
    });
  },
};
