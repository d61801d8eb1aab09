import { digestOf } from "@qsc/contract";
import { DEFAULT_POLICY, parsePolicy } from "@qsc/violations";
import { expect, test } from "vitest";
import { policyText } from "../../src/init/texts.js";

test("the written policy changes nothing", async () => {
  expect(digestOf(await parsePolicy(policyText(), "policy"))).toBe(digestOf(DEFAULT_POLICY));
});

test("its commented-out part is a valid policy, too", async () => {
  const policy = await parsePolicy(policyText().replaceAll(/^#(?=[a-z]|  )/gm, ""), "policy");
  expect(policy.limits["action_collapse.largestShare"]).toBe(0.65);
  expect(policy.require).toContain("latency");
  expect(policy.checks.map(({ id }) => id)).toEqual(["too_narrow"]);
});
