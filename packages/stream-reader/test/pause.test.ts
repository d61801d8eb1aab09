import { expect, test } from "vitest";
import { isLate } from "../src/ports/pause.js";

/** What Node keeps in a signal: its listeners, and the signals derived from it. */
function traces(signal: AbortSignal): number {
  const kept = Object.getOwnPropertySymbols(signal).map((name): unknown => Reflect.get(signal, name));
  const sizes = kept.map((each) =>
    typeof each === "object" && each !== null && "size" in each ? Number(each.size) : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const never = new Promise<never>(() => undefined);

test("isLate leaves nothing behind in a long-lived signal, whatever the answer", async () => {
  const { signal } = new AbortController();
  for (let time = 0; time < 20; time += 1) {
    expect(await isLate(Promise.resolve(), 1e6, signal)).toBe(false);
    expect(await isLate(never, 1, signal)).toBe(true);
  }
  expect(traces(signal)).toBe(0);
});

test("a signal ends isLate: nothing is late", async () => {
  const end = new AbortController();
  const asked = isLate(never, 1e6, end.signal);
  end.abort();
  expect(await asked).toBe(false);
  expect(await isLate(never, 1e6, end.signal)).toBe(false);
});
