import type { GuardState } from "@qsc/systemd";
import { describe, expect, test } from "vitest";
import { GuardWatch, type GuardPort } from "../../src/watch/guard.js";

const EVERY_MS = 5000;

/** A port that records its calls. */
function port(found: () => GuardState | Error, changes: Partial<GuardPort> = {}) {
  const asked: string[] = [];
  const whole: GuardPort = {
    state: () => {
      asked.push("state");
      const state = found();
      return state instanceof Error ? Promise.reject(state) : Promise.resolve(state);
    },
    mayArm: true,
    arm: (why) => {
      asked.push(`arm: ${why}`);
      return Promise.resolve(true);
    },
    ...changes,
  };
  return { asked, watch: new GuardWatch(whole) };
}

describe("a watch and its dead-man", () => {
  test("asks every 5 s, however often it looks", async () => {
    const { asked, watch } = port(() => "armed");
    for (const now of [0, 100, 4999, 5000, 5001, 10_000]) expect(await watch.look(now)).toBe(null);
    expect(asked).toEqual(["state", "state", "state"]);
  });

  test.each<[string, GuardState, string]>([
    ["stopped", "absent", "it is not armed"],
    ["disabled, killed or masked", { broken: "its timer is disabled" }, "its timer is disabled"],
  ])("arms one that was %s again", async (_, state, why) => {
    const { asked, watch } = port(() => state);
    expect(await watch.look(0)).toBe(null);
    expect(asked).toEqual(["state", `arm: ${why}`]);
  });

  test("is a violation if it cannot be armed", async () => {
    const { watch } = port(() => "absent", { arm: () => Promise.reject(new Error("the timer is masked")) });
    expect(await watch.look(0)).toMatch(
      /^dead-man: nothing would roll back .*: it is not armed, and arming it failed: .*the timer is masked/,
    );
  });

  test("is a violation if root has installed it: this user does not change it", async () => {
    const { asked, watch } = port(() => "absent", { mayArm: false });
    expect(await watch.look(0)).toBe(
      "dead-man: nothing would roll back the canary if this watch ended: it is not armed",
    );
    expect(asked).toEqual(["state"]);
  });

  test.each<[string, () => GuardState | Error, Partial<GuardPort>]>([
    ["the manager does not answer", () => new Error("no answer"), {}],
    ["another command acts", () => "absent", { arm: () => Promise.resolve(false) }],
  ])("waits at most 15 s if %s", async (_, found, changes) => {
    const { watch } = port(found, changes);
    for (const now of [0, EVERY_MS, 2 * EVERY_MS]) expect(await watch.look(now)).toBe(null);
    expect(await watch.look(3 * EVERY_MS)).toMatch(
      /^dead-man: nothing would roll back the canary if this watch ended: for 15 s: /,
    );
  });

  test("starts the wait again after the dead-man was armed", async () => {
    let state: GuardState | Error = new Error("no answer");
    const { watch } = port(() => state);
    expect(await watch.look(0)).toBe(null);
    state = "armed";
    expect(await watch.look(2 * EVERY_MS)).toBe(null);
    state = new Error("no answer");
    expect(await watch.look(3 * EVERY_MS)).toBe(null);
    expect(await watch.look(5 * EVERY_MS)).toBe(null);
  });
});
