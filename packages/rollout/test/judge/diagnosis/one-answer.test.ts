import { seededTelemetry } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { diagnose } from "../../../src/index.js";
import { ALL, judgementContext, sourceOf } from "../../support.js";

test("one answer before the cutover and one after are too few to tell drift", async () => {
  const { entries } = seededTelemetry({ count: 2, intervalMs: 1000 });
  const [first = 0, second = 0] = entries.map(({ id }) => Number(id.split("-")[0]));
  const request = { ...ALL, afterMs: first + 1, model: "xgboost", journal: { skipped: "a recording" } };
  const document = await diagnose(sourceOf(entries), request, judgementContext(second));
  expect(document.models[0]?.drift).toMatchObject({ labels: null, confidence: null });
});
