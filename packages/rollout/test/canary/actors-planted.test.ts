import { describe, expect, test } from "vitest";
import type { Actor } from "./actors/actor.js";
import { CLOCKS } from "./actors/clock.js";
import { OF_THE_DEAD_MAN } from "./actors/dead-man.js";
import { OF_THE_UNIT } from "./actors/operator.js";
import { LOCAL_USERS } from "./actors/local-user.js";
import { TROUBLES } from "./actors/trouble.js";
import { FROZEN, LINGERING } from "./actors/undying.js";
import { heartbeat, leaseFor } from "./model/heartbeat.js";
import { interfere } from "./model/interfere.js";
import { PATHS, type Plant } from "./model/process.js";
import { restarted } from "./model/restarts.js";
import {
  ACTIVATE,
  canaryMachine,
  PROMOTE,
  ROLLBACK,
  WATCH_TO_ELIGIBLE,
  WATCH_TO_VIOLATION,
  type Scenario,
} from "./model/scenarios.js";

/** A lock whose name every user of the host may take, and whose holder is asked without a time limit. */
const publicLock: Plant = (context, machine) => ({
  ...context,
  lock: {
    acquire: (waitMs) => (machine.publicNamesAreTaken ? new Promise(() => undefined) : context.lock.acquire(waitMs)),
  },
});

/** A timer that each reload of the manager postpones. */
const putOff: Plant = (context, machine) => {
  machine.timerText = () => "OnActiveSec=10s\nOnUnitActiveSec=10s\n";
  return context;
};

/** A watch that assumes that the dead-man is armed. */
const trusting: Plant = (context) => ({
  ...context,
  services: { ...context.services, guardState: () => Promise.resolve("armed") },
});

/** A lease that is measured by the wall clock. */
const leaseByWallClock: Plant = (context, machine) => {
  const beganMs = machine.nowMs - machine.monotonicMs;
  return {
    ...context,
    clock: {
      ...context.clock,
      boot: async () => ({
        ...(await context.clock.boot()),
        uptimeSeconds: (machine.nowMs - beganMs - machine.bootedAtMs) / 1000,
      }),
    },
  };
};

/** A watch whose time is counted by the wall clock. */
const watchByWallClock: Plant = (context, machine) => ({
  ...context,
  clock: { ...context.clock, monotonic: () => machine.nowMs },
});

/** A rollback that stops checking once the unit is active: it neither stops nor starts it. */
const restartsNothing: Plant = (context) => ({
  ...context,
  services: {
    ...context.services,
    stop: (unit) => context.services.state(unit),
    start: (unit) => context.services.state(unit),
  },
});

/** A rollback and a dead-man that rely on the unit's own stop rules. */
const killsNothing: Plant = (context, machine) => {
  machine.killsNothing = true;
  return context;
};

/** A lease that each start of a watch renews, before anything is judged. */
const renewedByStart: Plant = (context, machine) => {
  const lease = machine.disk.read(PATHS.lease);
  if (lease?.startsWith("host-boot") === true) machine.disk.put(PATHS.lease, leaseFor(machine, 45, lease.length));
  return context;
};

/** A state that credits each start of a watch with 10 s that it did not watch. */
const countedTwice: Plant = (context, machine) => {
  const state = machine.disk.read(PATHS.state);
  const more = (_: string, ms: string): string => `"watchedMs": ${Number(ms) + 10_000}`;
  if (state !== null) machine.disk.put(PATHS.state, state.replace(/"watchedMs": (\d+)/, more));
  return context;
};

const named = (actors: readonly Actor[], part: string): Actor => {
  const actor = actors.find(({ name }) => name.includes(part));
  if (actor === undefined) throw new Error(`there is no actor that ${part}`);
  return actor;
};

describe("a planted fault is found beside", () => {
  test.for<[string, Scenario, Actor, Plant]>([
    [
      "another local user: a lock that all may take",
      WATCH_TO_VIOLATION,
      named(LOCAL_USERS, "takes every name"),
      publicLock,
    ],
    [
      "an operator who restarts: a rollback that does not",
      ROLLBACK,
      named(OF_THE_UNIT, "restarts the engine"),
      restartsNothing,
    ],
    ["an operator who reloads: a timer that a reload puts off", ACTIVATE, named(OF_THE_UNIT, "reloads every"), putOff],
    [
      "an operator who stops the dead-man: a watch that does not ask for it",
      WATCH_TO_ELIGIBLE,
      named(OF_THE_DEAD_MAN, "stops the"),
      trusting,
    ],
    ["a clock that jumps: a lease by the wall clock", ACTIVATE, named(CLOCKS, "two hours ahead"), leaseByWallClock],
    [
      "a clock that jumps: a watch by the wall clock",
      WATCH_TO_ELIGIBLE,
      named(CLOCKS, "two hours ahead"),
      watchByWallClock,
    ],
    ["a process that does not die: a lease that goes on without it", PROMOTE, named(FROZEN, "for good"), heartbeat],
    [
      "a process that outlives its unit: a rollback that kills nothing",
      ROLLBACK,
      named(LINGERING, "whose process outlives"),
      killsNothing,
    ],
    [
      "a process that outlives its unit: a watch that kills nothing",
      WATCH_TO_VIOLATION,
      named(LINGERING, "whose process outlives"),
      killsNothing,
    ],
  ])("%s", async ([, scenario, actor, plant]) => {
    const { broken } = await interfere(scenario, actor, { plant, untilBroken: true });
    expect(broken).not.toEqual([]);
  });

  test.for<[string, string, Plant]>([
    ["a watch that is started again and again: a lease that each start renews", "violates", renewedByStart],
    ["a watch that is started again and again: time that counts twice", "is healthy", countedTwice],
  ])("%s", async ([, name, plant]) => {
    const trouble = TROUBLES.find((each) => each.name === name);
    if (trouble === undefined) throw new Error(`there is no telemetry that ${name}`);
    const often = { effect: 3, afterMs: Infinity, pauseMs: 2000, times: Infinity };
    const seldom = { effect: null, afterMs: 20_000, pauseMs: 2000, times: Infinity };
    const { broken } = await restarted(
      await canaryMachine(),
      trouble,
      plant === renewedByStart ? often : seldom,
      plant,
    );
    expect(broken).not.toEqual([]);
  });
});
