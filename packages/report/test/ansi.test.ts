import { styleText } from "node:util";
import { expect, test } from "vitest";
import { styled } from "../src/ansi.js";

test.each(["bold", "dim", "green", "red", "yellow"] as const)("%s is what Node writes", (style) => {
  expect(styled(style, "NO-GO")).toBe(styleText(style, "NO-GO", { validateStream: false }));
});
