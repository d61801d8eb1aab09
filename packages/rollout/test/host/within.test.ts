import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { within } from "../../src/host/within.js";

/** Nothing in this thread happens for a while, as if the process were stopped. */
function stopped(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe("a wait with a bound", () => {
  test("does not count the time during which the process was stopped: the answer was there", async () => {
    const waiting = within(1400, "Reading this file", readFile(import.meta.filename, "utf8"));
    stopped(1600);
    expect(await waiting).toContain("during which the process was stopped");
  });

  test("does not count a stop that lasts hardly longer than the wait", async () => {
    const waiting = within(1500, "Reading this file", readFile(import.meta.filename, "utf8"));
    stopped(1900);
    expect(await waiting).toContain("hardly longer than the wait");
  });

  test("ends if there is no answer, also after such a stop", async () => {
    const never = within(50, "Nothing", new Promise<void>(() => undefined));
    stopped(1500);
    await expect(never).rejects.toMatchObject({ code: "file_failed" });
  });
});
