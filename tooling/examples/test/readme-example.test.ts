import { expect, it } from "vitest";

import { readmeExample } from "../readme-example.js";

it("takes the first ts fence and the text fence after it", () => {
  const readme = "# A\n```sh\nnpm i\n```\n\n```ts\na();\n```\nprints\n\n```text\n1\n2\n```\n```ts\nb();\n```\n";
  expect(readmeExample(readme)).toEqual({ code: "a();\n", prints: "1\n2\n" });
});

it.each(["# A\n", "```sh\na\n```\n"])("asks for an example", (readme) => {
  expect(() => readmeExample(readme)).toThrow("no ```ts example");
});

it.each(["```ts\na();\n```\n", "```ts\na();\n```\n```ts\nb();\n```\n```text\n1\n```\n"])(
  "asks for its output",
  (readme) => {
    expect(() => readmeExample(readme)).toThrow("is not ```text");
  },
);
