import { expect, it } from "vitest";

import { nodeVersionProblem } from "../node-version.js";

it.each(["20.19.0", "20.20.1", "24.0.0"])("Node %s is new enough", (version) => {
  expect(nodeVersionProblem(version, ">=20.19")).toBeUndefined();
});

it.each(["20.18.3", "18.20.0"])("Node %s is too old, which one sentence says", (version) => {
  expect(nodeVersionProblem(version, ">=20.19")).toBe(
    `QSC needs Node >=20.19, but this is Node ${version}: install a newer Node and try again.`,
  );
});

it("a range it does not understand is an error, not a pass", () => {
  expect(() => nodeVersionProblem("20.19.0", "^20")).toThrow("not of the form");
});
