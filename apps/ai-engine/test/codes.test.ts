import { readFile } from "node:fs/promises";
import { MODEL_ERROR_CODES } from "@qsc/fail-closed";
import { expect, test } from "vitest";

test("docs/codes.md names every reason of an inactive model", async () => {
  const page = await readFile(new URL("../../../docs/codes.md", import.meta.url), "utf8");
  const section = page.slice(page.indexOf("## Reasons of an inactive model"));
  const list = section.slice(section.indexOf("{model,reason}"));
  expect([...list.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code)).toEqual([...MODEL_ERROR_CODES]);
});
