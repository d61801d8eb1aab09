import { existsSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { run, type Outcome } from "../src/host/run.js";
import { streamLines } from "../src/stream.js";
import { eventually } from "./support/eventually.js";

/** Prints the number of a process that holds its outputs, and goes on. */
const HELD = ["sh", "-c", `trap "" TERM; sleep 3000 & echo $!; wait; wait`];

test.each([
  ["leaving the iteration", false],
  ["the signal", true],
])("%s ends a command whose outputs another process holds", async (_, isSignal) => {
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const line of streamLines(HELD, stop.signal, () => null)) {
    onTestFinished(() => {
      process.kill(Number(line), "SIGKILL");
    });
    seen.push(line);
    if (isSignal) stop.abort();
    else break;
  }
  expect(seen).toEqual([expect.stringMatching(/^\d+$/)]);
});

test("a command that a signal ends is not one that cannot be run", async () => {
  const outcomes: Outcome[] = [];
  const judge = (outcome: Outcome): null => {
    outcomes.push(outcome);
    return null;
  };
  for await (const line of streamLines(["sh", "-c", "echo one; kill -KILL $$"], undefined, judge))
    expect(line).toBe("one");
  for await (const line of streamLines(["/no/such/program"], undefined, judge)) expect.fail(line);
  expect(outcomes.map(({ ended }) => ended)).toEqual(["signal", "not-found"]);
});

test("a command that is followed ends with the process that follows it", async () => {
  const script = `
    import { streamLines } from "${import.meta.resolve("../dist/stream.js")}";
    for await (const pid of streamLines(["sh", "-c", "echo $$; exec sleep 3000"], undefined, () => null)) {
      process.stdout.write(pid);
      process.exit();
    }`;
  const { stdout: pid } = await run([process.execPath, "--input-type=module", "-e", script], { timeoutMs: 600_000 });
  expect(pid).toMatch(/^\d+$/);
  await eventually(() => !existsSync(`/proc/${pid}`));
});
