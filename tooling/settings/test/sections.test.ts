import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../bootstrap/root.js";
import { FILES } from "../sections.js";

test.each(FILES)(
  "%s lists the same settings as the tables (node tooling/settings/write.js writes it)",
  (path, make) => {
    const text = readFileSync(join(root, path), "utf8");
    expect(text).toBe(make(text));
  },
);

test("a page without the markers is refused, not left as it is", () => {
  const [, make] = FILES[0] ?? [];
  expect(() => make?.("# A page\n")).toThrow("The file lacks the lines '<!-- settings");
});
