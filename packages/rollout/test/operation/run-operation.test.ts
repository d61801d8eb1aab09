import { QscError, type OperationHead } from "@qsc/contract";
import { expect, test } from "vitest";
import { Refused } from "../../src/operation/refused.js";
import { runOperation, type Operation } from "../../src/operation/run-operation.js";
import type { Steps } from "../../src/operation/steps.js";
import { Machine } from "../canary/model/machine.js";
import { Process } from "../canary/model/process.js";

interface Found {
  readonly what: string;
}
interface Shown extends OperationHead {
  readonly what: string | null;
  readonly done: number | null;
}

/** An operation that goes well, except for what a test changes; and what it has called. */
function operation(
  but: Partial<Operation<Found, number, Shown>> = {},
  undoes = true,
): {
  readonly calls: string[];
  readonly run: () => Promise<Shown>;
} {
  const calls: string[] = [];
  const noted =
    <Args extends unknown[], T>(name: string, act: (...args: Args) => T) =>
    (...args: Args): T => {
      calls.push(name);
      return act(...args);
    };
  const whole: Operation<Found, number, Shown> = {
    turn: () => Promise.resolve({ release: async () => void calls.push("release"), takesOver: null }),
    examine: async () => ({ what: "all of it" }),
    perform: async () => ({ done: 7 }),
    undo: async () => ({ reasons: [{ code: "undo_not_proven", text: "It stays." }] }),
    document: (head, { found: { what = null }, done }) => ({ ...head, what, done }),
    ...but,
  };
  const { examine, perform, undo, ...rest } = whole;
  const described = {
    ...rest,
    examine: noted("examine", examine),
    perform: noted("perform", perform),
    ...(undoes && undo !== undefined && { undo: noted("undo", undo) }),
  };
  return { calls, run: () => runOperation(new Process(new Machine()).context, described) };
}

const failing = (): Promise<never> => Promise.reject(new QscError("service_failed", "It did not start."));
const codesOf = ({ codes, exitCode }: Shown): readonly unknown[] => [exitCode, ...(codes ?? [])];

test("an operation is examined, then performed, and releases the lock", async () => {
  const { calls, run } = operation();
  expect(await run()).toMatchObject({ exitCode: 0, codes: [], what: "all of it", done: 7 });
  expect(calls).toEqual(["examine", "perform", "release"]);
});

test("an error during the examination is a refusal: nothing is done or undone", async () => {
  const { calls, run } = operation({ examine: failing });
  expect(await run()).toMatchObject({ exitCode: 2, codes: ["service_failed"], what: null, done: null });
  expect(calls).toEqual(["examine", "release"]);
});

test("a refusal shows what was found, and whether the evidence is enough for collection mode", async () => {
  const reasons = [{ code: "gate_not_passed" as const, text: "It is frozen." }];
  const examine = (): Promise<never> =>
    Promise.reject(
      new Refused<Found>("the gate did not pass", reasons, { found: { what: "half" }, isCollection: true }),
    );
  expect(await operation({ examine }).run()).toMatchObject({ exitCode: 3, codes: ["gate_not_passed"], what: "half" });
});

test("an error during the preparation is a refusal, and is not undone", async () => {
  const { calls, run } = operation({ prepare: failing });
  expect(codesOf(await run())).toEqual([2, "service_failed"]);
  expect(calls).toEqual(["examine", "release"]);
});

test("a failed performance is undone, and both reasons are given", async () => {
  const { calls, run } = operation({ perform: failing });
  const document = await run();
  expect(codesOf(document)).toEqual([2, "service_failed", "undo_not_proven"]);
  expect(document.done).toBeNull();
  expect(calls).toEqual(["examine", "perform", "undo", "release"]);
});

test("an undone operation may leave something to report", async () => {
  expect(await operation({ perform: failing, undo: async () => ({ done: 3 }) }).run()).toMatchObject({
    codes: ["service_failed"],
    done: 3,
  });
});

test("a plan replaces preparing and performing", async () => {
  const plan = (_found: Found, steps: Steps): void => steps.note("restart", "planned", "engine.service");
  const { calls, run } = operation({ plan, prepare: failing });
  expect(await run()).toMatchObject({ exitCode: 0, done: null, steps: [{ name: "restart", outcome: "planned" }] });
  expect(calls).toEqual(["examine", "release"]);
});

test("an interrupted examination does not change the document afterwards", async () => {
  const operator = new AbortController();
  let answer = (): void => undefined;
  const examine = async (steps: Steps): Promise<Found> => {
    const late = new Promise<void>((resolve) => {
      answer = resolve;
    });
    operator.abort();
    await late;
    steps.note("gate", "done", "late");
    steps.warn("late");
    return { what: "late" };
  };
  const document = await operation({ examine, signal: operator.signal }).run();
  answer();
  await new Promise((resolve) => setImmediate(resolve));
  expect(codesOf(document)).toEqual([2, "interrupted"]);
  expect(document).toMatchObject({ steps: [], warnings: [] });
});

test.each([["examine"], ["perform"]] as const)(
  "a fault of the tool itself in %s is not taken for a refusal",
  async (at) => {
    const fault = (): Promise<never> => Promise.reject(new TypeError("x is not a function"));
    const { calls, run } = operation({ [at]: fault }, false);
    await expect(run()).rejects.toMatchObject({ code: "internal" });
    expect(calls.at(-1)).toBe("release");
  },
);
