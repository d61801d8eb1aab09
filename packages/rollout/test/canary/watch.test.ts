import type { CanaryState, MonitorDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import type { MonitorRequest } from "../../src/monitor.js";
import { status } from "../../src/status.js";
import { baselineProblems, canaryProblems, isExposed } from "./model/invariants.js";
import type { Machine } from "./model/machine.js";
import { PATHS, Process, type Plant } from "./model/process.js";
import { installDeadMan, pass, run } from "./model/run.js";
import { canaryMachine, eligibleMachine, promotion, takingBack, watchWith, wholeMachine } from "./model/scenarios.js";

async function watched(
  machine: Machine,
  options: Partial<MonitorRequest> = {},
  plant?: Plant,
): Promise<MonitorDocument> {
  const outcome = await run(machine, new Process(machine, plant === undefined ? {} : { plant }), (context) =>
    watchWith(context, options),
  );
  if (outcome.kind !== "done") throw new Error("the watch came to no end", { cause: outcome });
  return outcome.document;
}

/** After this long something happens to the machine. */
function later(machine: Machine, ms: number, what: () => void): void {
  machine.sleepUntil(machine.monotonicMs + ms, machine, what);
}

function stateOf({ disk }: Machine): CanaryState {
  return JSON.parse(disk.read(PATHS.state) ?? "null") as CanaryState;
}

describe("a watch that is interrupted", () => {
  test("leaves the canary, with no longer a lease than before", async () => {
    const machine = await canaryMachine();
    const interruption = new AbortController();
    let lease: string | null = null;
    later(machine, 5000, () => {
      lease = machine.disk.read(PATHS.lease);
      interruption.abort();
    });
    const document = await watched(machine, { signal: interruption.signal });
    expect(document).toMatchObject({ outcome: "interrupted", exitCode: 2 });
    expect(machine.disk.read(PATHS.lease)).toBe(lease);
    expect(await canaryProblems(machine, ["canary"])).toEqual([]);
    installDeadMan(machine);
    await pass(machine, 120_000, () => !isExposed(machine));
    expect(isExposed(machine)).toBe(false);
  });

  test("continues where it was: neither time, nor events, nor worst margins start over", async () => {
    const machine = await canaryMachine();
    const interruption = new AbortController();
    later(machine, 11_000, () => {
      interruption.abort();
    });
    const first = await watched(machine, { signal: interruption.signal, durationMs: 60_000 });
    await pass(machine, 10_000);
    const second = await watched(machine, { durationMs: 60_000 });
    expect(second.outcome).toBe("eligible");
    const [before, after] = [first.watch, second.watch];
    if (before === null || after === null) throw new Error("both have a watch");
    expect(after.judgements).toBeGreaterThan(before.judgements);
    expect(after.startedAt).toBe(before.startedAt);
    // From the first decision of the process to the end of the watch, each once.
    const all = machine.entries.filter(({ id }) => Number(String(id).split("-")[0]) >= Date.parse(after.cutover));
    expect(after.events).toBe(all.length);
    expect(after.watchedMs).toBeGreaterThanOrEqual(60_000);
    expect(Date.parse(after.lastJudgedAt ?? "") - Date.parse(after.startedAt)).toBeLessThanOrEqual(64_000);
    for (const { check, model, margin } of before.worst) {
      const still = after.worst.find((each) => each.check === check && each.model === model);
      expect(still?.margin).toBeLessThanOrEqual(margin);
    }
  });
});

describe("a clock that jumps", () => {
  test.each([
    ["forward", 7_200_000],
    ["backward", -7_200_000],
  ])("%s does not end a watch early", async (_, ms) => {
    const machine = await canaryMachine();
    const begun = machine.monotonicMs;
    later(machine, 3000, () => {
      machine.wallOffsetMs += ms;
    });
    const document = await watched(machine, { durationMs: 60_000 });
    // Telemetry of another time is silence or skew: the canary is rolled back, or it is watched for the whole time.
    if (document.outcome === "eligible") expect(machine.monotonicMs - begun).toBeGreaterThanOrEqual(60_000);
    else expect(document).toMatchObject({ outcome: expect.stringContaining("rol") as string });
  });

  test("between two watches counts for at most two minutes", async () => {
    const machine = await canaryMachine();
    const interruption = new AbortController();
    later(machine, 5000, () => {
      interruption.abort();
    });
    await watched(machine, { signal: interruption.signal, durationMs: 3_600_000 });
    const { watch } = stateOf(machine);
    machine.wallOffsetMs += 7_200_000;
    const end = new AbortController();
    end.abort();
    const document = await watched(machine, { signal: end.signal, durationMs: 3_600_000 });
    expect((document.watch?.watchedMs ?? 0) - (watch?.watchedMs ?? 0)).toBeLessThanOrEqual(120_000);
  });
});

describe("a watch ends in a violation", () => {
  test("a source that cannot be read for 90 s", async () => {
    const machine = await canaryMachine();
    later(machine, 3000, () => {
      machine.turnSource("down");
    });
    later(machine, 100_000, () => {
      machine.turnSource("up");
    });
    const begun = machine.monotonicMs;
    const document = await watched(machine, { durationMs: 600_000 });
    expect(document.violations).toEqual([expect.stringContaining("the telemetry could not be read for 1 min 30 s")]);
    expect(document.outcome).toBe("rolled_back");
    expect(machine.monotonicMs - begun).toBeGreaterThan(90_000);
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("one that stays unreadable: the canary is removed, and the proof follows when the source is back", async () => {
    const machine = await canaryMachine();
    installDeadMan(machine);
    later(machine, 3000, () => {
      machine.turnSource("down");
    });
    const document = await watched(machine, { durationMs: 600_000 });
    expect(document.outcome).toBe("rollback_failed");
    expect(isExposed(machine)).toBe(false);
    const starts = machine.starts;
    await pass(machine, 120_000);
    machine.turnSource("up");
    await pass(machine, 200_000, () => machine.guardState() === "absent" && machine.guardRun === null);
    expect(await baselineProblems(machine)).toEqual([]);
    // The process without a canary is there: starting others would gain nothing; only the script's own last resort
    // might.
    expect(machine.starts - starts).toBeLessThanOrEqual(1);
  });

  test("one whose first read hangs", async () => {
    const machine = await canaryMachine();
    let isFirst = true;
    const document = await watched(machine, { durationMs: 600_000 }, (context) => ({
      ...context,
      openSource: () => {
        if (!isFirst) return context.openSource();
        isFirst = false;
        return new Promise<never>(() => undefined);
      },
    }));
    expect(document.violations).toEqual([expect.stringContaining("existing entries have not all been read")]);
    expect(document.outcome).toBe("rolled_back");
  });

  test("silence", async () => {
    const machine = await canaryMachine();
    later(machine, 3000, () => {
      machine.engineFaults.add("publishes nothing");
    });
    const document = await watched(machine, { durationMs: 7_200_000 });
    expect(document.violations[0]).toContain("telemetry_silence");
    expect(document.outcome).toBe("rollback_failed");
    expect(isExposed(machine)).toBe(false);
  });

  test("entries that are lost while it reads", async () => {
    const machine = await canaryMachine();
    let isTrimmed = false;
    later(machine, 5000, () => {
      isTrimmed = true;
    });
    const document = await watched(machine, {}, (context) => ({
      ...context,
      openSource: async () => {
        const source = await context.openSource();
        source.gaps = () =>
          isTrimmed
            ? [{ kind: "trimmed", detail: "2 entries between 1-0 and 9-0 were gone before they were read" }]
            : [];
        return source;
      },
    }));
    expect(document.violations).toEqual([expect.stringContaining("stream_gap: 2 entries")]);
    expect(document.outcome).toBe("rolled_back");
  });

  test.each<[string, (text: string) => string]>([
    ["truncated", (text) => text.slice(0, 100)],
    ["edited", (text) => text.replace('"share": 0.1', '"share": 0.2')],
    ["another unit's", (text) => text.replace('"unit": "engine.service"', '"unit": "other.service"')],
  ])("a state file that is %s", async (_, change) => {
    const machine = await canaryMachine();
    later(machine, 5000, () => {
      machine.disk.put(PATHS.state, change(machine.disk.read(PATHS.state) ?? ""));
    });
    const document = await watched(machine, { durationMs: 60_000 });
    expect(document.violations).toEqual([expect.stringContaining("State file")]);
    expect(document.outcome).toBe("rolled_back");
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("a dead-man that is not armed", async () => {
    const machine = await canaryMachine();
    machine.guard.running = false;
    const document = await watched(machine);
    expect(document.violations).toEqual([expect.stringContaining("dead-man: nothing would roll back the canary")]);
    expect(await baselineProblems(machine)).toEqual([]);
  });
});

describe("after a watch", () => {
  test("an unmonitored eligible canary has a minute, and is then rolled back", async () => {
    const machine = await eligibleMachine();
    installDeadMan(machine);
    await pass(machine, 50_000);
    expect(isExposed(machine)).toBe(true);
    await pass(machine, 70_000, () => !isExposed(machine));
    expect(isExposed(machine)).toBe(false);
  });

  test("the whole vote, once watched, stays without a dead-man, even through a reboot, until it is rolled back", async () => {
    const machine = await wholeMachine();
    const document = await watched(machine);
    expect(document).toMatchObject({ outcome: "promoted", share: 1, exitCode: 0 });
    expect(await canaryProblems(machine, ["promoted"])).toEqual([]);
    machine.losePower({ names: "lost", contents: "lost" });
    expect(await canaryProblems(machine, ["promoted"])).toEqual([]);
    machine.publish();
    expect(await run(machine, new Process(machine), status)).toMatchObject({
      document: { exitCode: 0, phase: "promoted" },
    });
    expect(await run(machine, new Process(machine), takingBack)).toMatchObject({
      document: { exitCode: 0, warnings: [] },
    });
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test.each<[string, () => Promise<Machine>, 0.5 | 1, RegExp]>([
    ["a canary that is not eligible", canaryMachine, 0.5, /phase canary, not eligible/],
    ["two steps at once", eligibleMachine, 1, /the next share is 50 %/],
    [
      "one that has been unmonitored since",
      async () => aged(await eligibleMachine()),
      0.5,
      /the canary was unmonitored/,
    ],
    ["one of an earlier boot", async () => rebooted(await eligibleMachine()), 0.5, /rolled back/],
    [
      "one that the engine does not serve",
      async () => otherEngine(await eligibleMachine()),
      0.5,
      /does not report patchtst as its canary/,
    ],
    ["one whose state is gone", async () => forgotten(await eligibleMachine()), 0.5, /engine.service has no canary/],
  ])("refuses to promote %s", async (_, start, to, reason) => {
    const machine = await start();
    const before = machine.starts;
    const outcome = await run(machine, new Process(machine), (context) => promotion(context, to));
    expect(outcome).toMatchObject({
      kind: "done",
      document: { exitCode: 2, reasons: [expect.stringMatching(reason)] },
    });
    expect(machine.starts).toBe(before);
  });
});

function aged(machine: Machine): Machine {
  machine.monotonicMs += 61_000;
  return machine;
}

function rebooted(machine: Machine): Machine {
  machine.bootNumber += 1;
  return machine;
}

function otherEngine(machine: Machine): Machine {
  machine.engineFaults.add("ignores its environment");
  machine.start();
  machine.publish();
  return machine;
}

function forgotten(machine: Machine): Machine {
  machine.disk.remove(PATHS.state);
  return machine;
}
