import { afterAll, describe, expect, test } from "vitest";
import { enumerate } from "./model/enumerate.js";
import { recordLife } from "./model/record-life.js";
import { SCENARIOS } from "./model/scenarios.js";
import { tell } from "./model/tell.js";

/** Everything that the commands on a canary do to the world. */
const KINDS = [
  ...[
    "read",
    "write",
    "overwrite",
    "append",
    "sync",
    "syncDirectory",
    "rename",
    "remove",
    "makeDirectory",
    "requireRemovable",
    "linkTarget",
  ].map((method) => `files.${method}`),
  ...[
    "state",
    "readDropIn",
    "writeDropIn",
    "removeDropIn",
    "reload",
    "resetFailed",
    "stop",
    "kill",
    "start",
    "armGuard",
    "disarmGuard",
    "guardState",
    "managerEnvironment",
    "leftovers",
  ].map((method) => `services.${method}`),
  ...["telemetry.open", "telemetry.read", "lock.acquire", "lock.release", "clock.boot"],
];

describe("a crash, an error and a power cut at every effect leave a proven baseline or a guarded canary", () => {
  const points = new Map<string, number>(KINDS.map((kind) => [kind, 0]));

  test.for(SCENARIOS)("$name", async (scenario, { task }) => {
    const found = await enumerate(scenario);
    recordLife(task, found.longestMs);
    tell(scenario.name, found);
    for (const [kind, count] of found.byKind) points.set(kind, (points.get(kind) ?? 0) + count);
    expect(found.broken).toEqual([]);
    expect(found.points).toBeGreaterThan(100);
  });

  test("every kind of effect is among them", () => {
    expect([...points].filter(([kind, count]) => count === 0 || !KINDS.includes(kind))).toEqual([]);
  });

  afterAll(() => {
    const all = [...points.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${all} points: ${[...points].map(([kind, count]) => `${kind} ${count}`).join(", ")}`);
  });
});
