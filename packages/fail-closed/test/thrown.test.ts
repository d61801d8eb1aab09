import { expect, test } from "vitest";
import { ModelError } from "../src/index.js";
import { fromThrown, toThrown } from "../src/onnx/messages.js";

/** What arrives of something thrown in another thread. */
const sent = (thrown: unknown) => fromThrown(structuredClone(toThrown(thrown)));

test("a ModelError arrives as one, with its code, message and causes", () => {
  const arrived = sent(
    new ModelError("model_missing", "Not there", { cause: new Error("outer", { cause: new TypeError("inner") }) }),
  );
  expect(arrived).toBeInstanceOf(ModelError);
  expect(arrived).toMatchObject({
    code: "model_missing",
    message: "Not there",
    cause: { message: "outer", cause: { message: "inner" } },
  });
});

test("another error arrives as an error without a code", () => {
  const arrived = sent(new RangeError("out of range"));
  expect(arrived).toBeInstanceOf(Error);
  expect(arrived).not.toBeInstanceOf(ModelError);
  expect(arrived).toHaveProperty("message", "out of range");
  expect(arrived).not.toHaveProperty("cause");
});

test.each([
  ["text", '"text"'],
  [undefined, "nothing"],
  [{ a: 1 }, "an object"],
  [() => 1, "a function"],
])("%j arrives as its words", (thrown, message) => {
  expect(sent(thrown)).toEqual(new Error(message));
});
