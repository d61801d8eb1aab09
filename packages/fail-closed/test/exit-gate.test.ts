import { expect, test } from "vitest";
import { ExitGate } from "../src/onnx/exit-gate.js";
import { deferredPromise } from "./support/deferred.js";

/** The two sides of one gate, as a process and its thread have them. */
function gates() {
  const process = new ExitGate();
  const busy = new Int32Array(process.memory);
  return { process, thread: new ExitGate(process.memory), isBusy: () => busy[0] === 1 };
}

test("lets work pass and is busy meanwhile", async () => {
  const { thread, isBusy } = gates();
  const work = deferredPromise<number>();
  const passed = thread.pass(() => work.promise);
  expect(isBusy()).toBe(true);
  work.resolve(7);
  expect([await passed, isBusy()]).toEqual([7, false]);
});

test("is free again after failed work", async () => {
  const { thread, isBusy } = gates();
  await expect(thread.pass(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  await expect(
    thread.pass(() => {
      throw new Error("at once");
    }),
  ).rejects.toThrow("at once");
  expect(isBusy()).toBe(false);
});

test("a shut gate blocks nothing while no work runs, and prevents new work", async () => {
  const { process, thread, isBusy } = gates();
  process.shut();
  let isBegun = false;
  await expect(
    thread.pass(async () => {
      isBegun = true;
    }),
  ).rejects.toThrow("Process exits");
  expect([isBegun, isBusy()]).toEqual([false, false]);
});
