import { z } from "zod";
import { json } from "../http/answer.js";
import { health as healthSchema } from "../schemas.js";
import type { Route } from "./route.js";

const open = { method: "GET", tokenIn: "header", pathParameters: null, query: null, body: null } as const;

/** Whether the judge answers. It says nothing of any model. */
export const health: Route = {
  ...open,
  path: "/health",
  id: "health",
  summary: "Does the judge answer? Says nothing of any model",
  scope: null,
  answers: { 200: { means: "It does", schema: healthSchema } },
  run: () => Promise.resolve(json(200, { status: "ok" }, null)),
};

export const metrics: Route = {
  ...open,
  path: "/metrics",
  id: "metrics",
  summary: "The metrics of the judge, for Prometheus",
  scope: "metrics",
  answers: { 200: { means: "Metrics as text", schema: null } },
  run: async (_, judge) => ({
    status: 200,
    type: "text/plain; version=0.0.4; charset=utf-8",
    body: await judge.metrics(),
    verdict: null,
  }),
};

export const openapi: Route = {
  ...open,
  path: "/openapi.json",
  id: "openapi",
  summary: "This description, in OpenAPI 3.1",
  scope: null,
  answers: { 200: { means: "The description", schema: z.looseObject({ openapi: z.string() }) } },
  run: (_, judge) => Promise.resolve({ status: 200, body: judge.openapi(), verdict: null }),
};
