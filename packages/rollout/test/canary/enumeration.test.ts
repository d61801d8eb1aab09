import { afterAll, describe, expect, test } from "vitest";
import { enumerate } from "./model/enumerate.js";
import { ACTIVATE, PROMOTE, ROLLBACK, ROLLBACK_OF_PROMOTED, WATCH_TO_ELIGIBLE, WATCH_TO_PROMOTED, WATCH_TO_VIOLATION } from "./model/scenarios.js";

/** Everything that a canary's life does to the world. */
const KINDS = [
  ...["read", "write", "overwrite", "append", "sync", "syncDirectory", "rename", "remove", "makeDirectory", "requireRemovable"].map((method) => `files.${method}`),
  ...["state", "readDropIn", "writeDropIn", "removeDropIn", "reload", "resetFailed", "stop", "start", "armGuard", "disarmGuard", "guardState", "managerEnvironment", "leftovers"].map((method) => `services.${method}`),
  ...["telemetry.open", "telemetry.read", "lock.acquire", "lock.release", "clock.boot"],
];

describe("a crash, an error and a power cut at every effect leave a baseline that is proven, or a canary that is guarded", () => {
  const points = new Map<string, number>(KINDS.map((kind) => [kind, 0]));

  test.each([ACTIVATE, ROLLBACK, ROLLBACK_OF_PROMOTED, PROMOTE, WATCH_TO_ELIGIBLE, WATCH_TO_VIOLATION, WATCH_TO_PROMOTED])("$name", async (scenario) => {
    const found = await enumerate(scenario);
    console.log(`${scenario.name}: ${found.points} points, ${found.broken.length} broken invariants`);
    for (const [kind, count] of found.byKind) points.set(kind, (points.get(kind) ?? 0) + count);
    expect(found.broken).toEqual([]);
    expect(found.points).toBeGreaterThan(100);
  }, 300_000);

  test("every kind of effect is among them", () => {
    expect([...points].filter(([kind, count]) => count === 0 || !KINDS.includes(kind))).toEqual([]);
  });

  afterAll(() => {
    const all = [...points.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${all} points: ${[...points].map(([kind, count]) => `${kind} ${count}`).join(", ")}`);
  });
});
