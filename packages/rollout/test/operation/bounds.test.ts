import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { guardUnits, LOCAL_ANSWER_MS, type UnitState } from "@qsc/systemd";
import { QscError } from "@qsc/contract";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as bounds from "../../src/operation/bounds.js";
import { LOCK_TRY_MS } from "../../src/host/lock.js";
import { deadMan } from "../../src/canary/lease.js";
import type { OperationContext } from "../../src/operation/context.js";
import { rollback } from "../../src/rollback.js";
import { baselineMachine } from "../canary/model/scenarios.js";
import { Process } from "../canary/model/process.js";

const {
  BEFORE_THE_STOP_MS,
  DEAD_MAN_SECONDS,
  ROOTS_SECONDS,
  LONGEST_STOP_SECONDS,
  PROMISE_SECONDS,
  unjudgedSeconds,
  unwatchedSeconds,
  violatedSeconds,
  withoutRightsSeconds,
} = bounds;
const { VIOLATED_SECONDS, UNWATCHED_SECONDS, WITHOUT_RIGHTS_SECONDS, ANSWER_MS } = bounds;
const PAGE = join(import.meta.dirname, "../../../../docs/safety.md");

describe("the sum of all waits", () => {
  test("is below the promise for a violated and for an unwatched canary, with the unit's stop", () => {
    expect(PROMISE_SECONDS).toBe(120);
    expect(violatedSeconds(LONGEST_STOP_SECONDS)).toBeLessThanOrEqual(PROMISE_SECONDS);
    expect(unwatchedSeconds(LONGEST_STOP_SECONDS)).toBeLessThanOrEqual(PROMISE_SECONDS);
    expect(withoutRightsSeconds(LONGEST_STOP_SECONDS)).toBeLessThanOrEqual(PROMISE_SECONDS);
    expect(LONGEST_STOP_SECONDS, "an engine must have time to stop").toBeGreaterThanOrEqual(10);
  });

  test("is in docs/safety.md, wait by wait", async () => {
    const page = await readFile(PAGE, "utf8");
    for (const [wait, ms] of Object.entries(BEFORE_THE_STOP_MS)) expect(page).toContain(`| ${wait} | ${ms / 1000} s |`);
    for (const [wait, seconds] of [...Object.entries(DEAD_MAN_SECONDS), ...Object.entries(ROOTS_SECONDS)])
      expect(page).toContain(`| ${wait} | ${seconds} s |`);
    expect(page).toContain(`\`TimeoutStopSec\` of up to ${LONGEST_STOP_SECONDS} s`);
    for (const seconds of [VIOLATED_SECONDS, UNWATCHED_SECONDS, WITHOUT_RIGHTS_SECONDS])
      expect(page).toContain(`${seconds} s before the stop`);
    for (const seconds of [violatedSeconds, unwatchedSeconds, withoutRightsSeconds])
      expect(page).toContain(`${seconds(LONGEST_STOP_SECONDS)} s in all`);
  });

  test("after the last judgement, of a watch that runs but cannot judge, is in the page, too", async () => {
    const seconds = unjudgedSeconds(LONGEST_STOP_SECONDS);
    expect(seconds - bounds.LONGEST_SILENCE_SECONDS, "from the limit of 90 s on").toBeLessThanOrEqual(PROMISE_SECONDS);
    expect(await readFile(PAGE, "utf8")).toContain(`at most ${seconds} s after its last judgement`);
  });
});

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
/** Answers as late as allowed. */
const late = <T>(ms: number, value: T): Promise<T> =>
  new Promise((resolve) =>
    setTimeout(() => {
      resolve(value);
    }, ms),
  );

/** Sleeps by the timers of the test, and at most until the signal. */
const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** A context in which every file operation hangs, and every answer comes as late as allowed. */
function slowest(
  context: OperationContext,
  called: string[],
  changes: Partial<OperationContext["services"]> = {},
): OperationContext {
  const state: UnitState = {
    unit: context.unit,
    load: "loaded",
    active: "active",
    sub: "running",
    result: "success",
    mainPid: 1,
    invocationId: "1",
    startedUs: 1e15,
    activeSinceUs: 1e15,
    environment: new Map(),
    dropIns: [],
    fragment: null,
    environmentFiles: [],
    passEnvironment: [],
    unsetEnvironment: [],
    stop: null,
    needsReload: false,
  };
  const note = <T>(name: string, answer: Promise<T>): Promise<T> => {
    called.push(name);
    return answer;
  };
  const services: OperationContext["services"] = {
    ...context.services,
    state: () => late(LOCAL_ANSWER_MS, state),
    readDropIn: never,
    removeDropIn: () => note("drop-in removed", late(bounds.DROP_IN_MS - 1, undefined)),
    reload: () => late(LOCAL_ANSWER_MS, undefined),
    resetFailed: () => late(LOCAL_ANSWER_MS, undefined),
    kill: () => late(LOCAL_ANSWER_MS, undefined),
    stop: () => note("stop", late(1, state)),
    start: () => note("start", late(1, state)),
    armGuard: never,
    disarmGuard: never,
    ...changes,
  };
  const methods = Object.keys(context.files) as (keyof OperationContext["files"])[];
  // fromEntries loses the types of the names: each method of the files is here.
  const files = Object.fromEntries(methods.map((name) => [name, never])) as unknown as OperationContext["files"];
  const lock = {
    acquire: (waitMs: number) =>
      late(waitMs + 2 * LOCK_TRY_MS, undefined).then((): never => {
        throw new QscError("canary_locked", "Another command acts now; wait.");
      }),
  };
  return { ...context, clock: { ...context.clock, sleep }, services, files, lock, openSource: never };
}

describe("a rollback in which everything hangs", () => {
  let context: OperationContext;
  beforeEach(async () => {
    const machine = await baselineMachine();
    ({ context } = new Process(machine));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const request = { reason: "a violation", takeOver: true, proofMs: 1000 };

  test("stops the canary's process within the bound all the same", async () => {
    const called: string[] = [];
    const beginMs = Date.now();
    const stopped = new Promise<number>((resolve) => {
      const running = rollback(
        slowest(context, called, {
          stop: () => {
            resolve(Date.now());
            return never();
          },
        }),
        request,
      );
      void running.catch(() => undefined);
    });
    await vi.advanceTimersByTimeAsync(VIOLATED_SECONDS * 1000);
    expect(called).toEqual(["drop-in removed"]);
    expect(((await stopped) - beginMs) / 1000).toBeLessThanOrEqual(VIOLATED_SECONDS);
  });

  test("kills a process that does not end when asked, as soon as its time is over", async () => {
    const called: string[] = [];
    const beginMs = Date.now();
    let killedMs = 0;
    const end: (() => void)[] = [];
    const stop = (): Promise<UnitState> =>
      new Promise((resolve) => {
        end.push(() => {
          resolve({} as UnitState);
        });
      });
    const kill = (): Promise<void> =>
      late(ANSWER_MS - 1, undefined).then(() => {
        killedMs ||= Date.now();
        for (const each of end.splice(0)) each();
      });
    const running = rollback(slowest(context, called, { stop, kill }), request);
    await vi.advanceTimersByTimeAsync(600_000);
    expect((killedMs - beginMs) / 1000).toBeLessThanOrEqual(violatedSeconds(LONGEST_STOP_SECONDS));
    expect(await running).toMatchObject({ exitCode: 2 });
    expect(called).toEqual(["drop-in removed", "start"]);
  });

  test("ends, and proves nothing", async () => {
    const called: string[] = [];
    const running = rollback(slowest(context, called), request);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(await running).toMatchObject({ exitCode: 2, weights: { after: null } });
    expect(called).toEqual(["drop-in removed", "stop", "start"]);
  });

  test("leaves everything as it was if the signal comes before the drop-in is removed", async () => {
    const called: string[] = [];
    const end = new AbortController();
    const running = rollback(
      slowest(context, called, {
        readDropIn: () => {
          end.abort();
          return never();
        },
      }),
      { ...request, signal: end.signal },
    );
    await vi.advanceTimersByTimeAsync(bounds.LOCK_WAIT_MS + 3 * LOCK_TRY_MS + 3 * bounds.FILE_MS);
    const document = await running;
    expect(document).toMatchObject({ exitCode: 2 });
    expect(document.reasons.join(" ")).toMatch(/^Interrupted/);
    expect(called).toEqual([]);
  });

  test("starts what it has stopped if the signal comes in between, and does not wait for the proof", async () => {
    const called: string[] = [];
    const end = new AbortController();
    const slow = slowest(context, called);
    const services = {
      ...slow.services,
      stop: (...args: Parameters<typeof slow.services.stop>) => {
        end.abort();
        return slow.services.stop(...args);
      },
    };
    const running = rollback({ ...slow, services }, { ...request, proofMs: 1e9, signal: end.signal });
    await vi.advanceTimersByTimeAsync(200_000);
    const document = await running;
    expect(document.reasons.join(" ")).toMatch(/^Interrupted/);
    expect(called).toEqual(["drop-in removed", "stop", "start"]);
  });
});

test("the dead-man checks as often as the sum says", async () => {
  const { context } = new Process(await baselineMachine());
  expect(deadMan(context).everySeconds).toBe(bounds.LOOK_SECONDS);
});

test("the dead-man's longest run ends by itself, before its unit ends it", async () => {
  const { context } = new Process(await baselineMachine());
  const [service] = guardUnits(deadMan({ ...context, program: ["/usr/bin/qsc"] }));
  const [, limit] = /^TimeoutStartSec=(\d+)s$/m.exec(service?.text ?? "") ?? [];
  expect(Number(limit)).toBeGreaterThan(bounds.LONGEST_RUN_SECONDS);
});
