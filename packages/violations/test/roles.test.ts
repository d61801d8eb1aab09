import type { CheckResult } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import {
  besideFeatures,
  isGradual,
  isNamed,
  likelyCauses,
  nextStepOf,
  servingOther,
  watchRoleOf,
  withoutImplied,
} from "../src/index.js";
import { limitKey, registered, REGISTRY } from "../src/checks/registry.js";
import { CHECKS } from "../src/index.js";

function result(id: string, status: CheckResult["status"], value: number | null = null): CheckResult {
  return { id, status, value, limit: null, n: 100, interval: null, reason: id, waived: true, conditions: [] };
}

const ids = (checks: readonly CheckResult[]): readonly string[] => checks.map(({ id }) => id);

describe("a check is looked up by its scope", () => {
  test("a name in two scopes is a row in each", () => {
    expect(registered("model", "insufficient_data")?.watch).toBe("once others have enough");
    expect(registered("telemetry", "insufficient_data")?.watch).toBe("not yet");
    expect(registered("features", "insufficient_data")).toBeUndefined();
  });

  test("every row is found in its own scope", () => {
    for (const row of REGISTRY) expect(registered(row.scope, row.id)).toBe(row);
  });

  test("the key of a limit is the check and the measure", () => {
    for (const check of CHECKS)
      for (const condition of check.anyOf) expect(limitKey(check, condition)).toBe(`${check.id}.${condition.measure}`);
  });
});

describe("how a running watch reacts to a violation", () => {
  test("the row says it", () => {
    expect(watchRoleOf("model", "unknown_label")).toBe("at once");
    expect(watchRoleOf("model", "constant_output")).toBe("with enough decisions");
    expect(watchRoleOf("telemetry", "insufficient_data")).toBe("not yet");
  });

  test("a policy's own check is a model's statistic; every other telemetry check ends the watch", () => {
    expect(watchRoleOf("model", "team_rule")).toBe("with enough decisions");
    expect(watchRoleOf("telemetry", "team_rule")).toBe("at once");
  });
});

describe("what to do next", () => {
  test("is said of every check that models share, without Markdown", () => {
    for (const { id, nextStep } of REGISTRY) {
      if (nextStep !== undefined) expect(nextStepOf(id)).toBe(nextStep.replaceAll("`", ""));
    }
    expect(nextStepOf("insufficient_data")).toBe("Wait (--wait): each model needs its own predictions.");
  });

  test.each(["constant_output", "team_rule", "model_failed"])("is not said of %s", (code) => {
    expect(nextStepOf(code)).toBeNull();
  });
});

test.each([
  ["telemetry", "telemetry_silence", true],
  ["telemetry", "stream_gap", false],
  ["model", "model_silence", true],
  ["model", "team_rule", false],
] as const)("%s %s approaches its limit gradually: %s", (scope, id, gradual) => {
  expect(isGradual(scope, id)).toBe(gradual);
});

describe("a model that is silent when all telemetry is", () => {
  const checks = [result("model_silence", "violation"), result("constant_output", "violation")];

  test("is not named a second time", () => {
    expect(ids(withoutImplied(checks, [result("telemetry_silence", "violation")]))).toEqual(["constant_output"]);
  });

  test.each(["pass", "unknown"] as const)("is named if the telemetry's silence is a %s", (status) => {
    expect(ids(withoutImplied(checks, [result("telemetry_silence", status)]))).toEqual(ids(checks));
  });

  test("is named if the telemetry violates another check", () => {
    expect(ids(withoutImplied(checks, [result("stream_gap", "violation")]))).toEqual(ids(checks));
  });
});

test("next to the feature checks, all telemetry checks remain except the one that they replace", () => {
  const telemetry = ["insufficient_data", "rejected_events", "feature_not_finite"].map((id) => result(id, "pass"));
  expect(ids(besideFeatures(telemetry))).toEqual(["rejected_events", "feature_not_finite"]);
});

describe("a pass that a document still names", () => {
  test.each([
    ["rejected_events", "pass", 0.01, true],
    ["rejected_events", "pass", 1, true],
    ["rejected_events", "pass", 0, false],
    ["rejected_events", "violation", 0.2, false],
    ["rejected_events", "unknown", null, false],
    ["duplicate_events", "pass", 0.01, false],
  ] as const)("%s, a %s of %s: %s", (id, status, value, named) => {
    expect(isNamed(result(id, status, value))).toBe(named);
  });
});

describe("an engine that serves something other than the gate judged", () => {
  const telemetry = [result("mixed_build", "pass"), result("stream_gap", "pass")];

  test("violates the check of what is served, and a waiver does not help", () => {
    expect(servingOther(telemetry, ["one build", "another file"])).toEqual([
      { ...telemetry[0], status: "violation", waived: false, reason: "one build; another file" },
      telemetry[1],
    ]);
  });

  test.each([[[]], [["one"]]])("changes nothing if nothing is found: %j", (found) => {
    expect(servingOther(telemetry, found)[0]?.status).toBe(found.length === 0 ? "pass" : "violation");
  });
});

describe("likely causes", () => {
  const names = (checks: readonly CheckResult[]): readonly string[] => likelyCauses(checks).map(({ name }) => name);

  test("are those of the violated checks, in order of likelihood", () => {
    expect(names([result("constant_output", "violation"), result("model_silence", "violation")])).toEqual([
      "taken out",
      "stopped",
      "frozen",
    ]);
  });

  test.each(["pass", "unknown"] as const)("a %s has no likely cause", (status) => {
    expect(names([result("constant_output", status)])).toEqual([]);
  });

  test("a policy's own check has no likely cause", () => {
    expect(names([result("team_rule", "violation")])).toEqual([]);
  });
});
