import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { queryOf } from "../src/http/call.js";
import { RateLimit } from "../src/http/rate-limit.js";
import { Slots } from "../src/http/slots.js";
import { parseTokens, tokenIn } from "../src/http/tokens.js";

describe("a rate", () => {
  test("is never exceeded, at whatever times requests come", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 }),
        (rate, gaps) => {
          const limit = new RateLimit(rate);
          let nowMs = 0;
          let taken = 0;
          for (const gap of gaps) {
            nowMs += gap;
            if (limit.take(nowMs) === 0) taken += 1;
            expect(taken).toBeLessThanOrEqual(rate + (rate * nowMs) / 1000 + 1e-6);
          }
        },
      ),
      { seed: 20261203 },
    );
  });

  test("says how long to wait, and then permits", () => {
    const limit = new RateLimit(2);
    expect([limit.take(0), limit.take(0), limit.take(0)]).toEqual([0, 0, 500]);
    expect([limit.take(499), limit.take(501)]).toEqual([expect.closeTo(1), 0]);
  });
});

describe("slots", () => {
  const forever = new AbortController().signal;
  /** A promise that is kept when the test says so. */
  function held(): { readonly promise: Promise<void>; readonly resolve: () => void } {
    let resolve = (): void => undefined;
    const promise = new Promise<void>((keep) => (resolve = keep));
    return { promise, resolve };
  }

  test("run this many at a time, let this many wait, and refuse more", async () => {
    const slots = new Slots(1, 1);
    const [first, second] = [held(), held()];
    const order: string[] = [];
    const one = slots.run(forever, async () => {
      order.push("first");
      await first.promise;
    });
    const two = slots.run(forever, async () => {
      order.push("second");
      await second.promise;
    });
    await expect(slots.run(forever, () => Promise.resolve())).rejects.toMatchObject({
      code: "judge_busy",
      status: 503,
    });
    expect([order, slots.taken]).toEqual([["first"], 1]);
    first.resolve();
    await one;
    second.resolve();
    await two;
    expect([order, slots.taken]).toEqual([["first", "second"], 0]);
  });

  test("are free again after a failure, and after a client that has left the queue", async () => {
    const slots = new Slots(1, 1);
    await expect(slots.run(forever, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    const holding = held();
    const one = slots.run(forever, () => holding.promise);
    const gone = new AbortController();
    const waiting = slots.run(gone.signal, () => Promise.resolve());
    gone.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    const next = slots.run(forever, () => Promise.resolve("next"));
    holding.resolve();
    await one;
    expect([await next, slots.taken]).toEqual(["next", 0]);
  });
});

describe("a token", () => {
  const token = "0123456789abcdef0123456789";
  const text = JSON.stringify({ tokens: [{ name: "a", token, scopes: ["verdicts"] }] });

  test("is known by the whole of it", () => {
    const tokens = parseTokens(text, "the file", 10);
    expect(tokens.holderOf(token).name).toBe("a");
    for (const other of [null, "", token.slice(1), `${token} `, token.toUpperCase()])
      expect(() => tokens.holderOf(other)).toThrow(expect.objectContaining({ code: "token_refused" }));
  });

  test.each([
    [`Bearer ${token}`, token],
    [`bearer  ${token} `, token],
    [`Basic ${btoa(`:${token}`)}`, token],
    [`Basic ${btoa(`user:with:colon`)}`, "with:colon"],
    [`Basic ${btoa("nothing")}`, null],
    ["Basic ", null],
    [token, null],
    [`Digest ${token}`, null],
    [undefined, null],
  ])("of the header %j is %j", (header, expected) => {
    expect(tokenIn(header)).toBe(expected);
  });
});

test("a parameter that stands there twice is refused, also where the values are equal", () => {
  expect(queryOf("after=1&model=a%20b")).toEqual({ after: "1", model: "a b" });
  expect(() => queryOf("model=a&model=a")).toThrow(expect.objectContaining({ code: "request_invalid" }));
});
