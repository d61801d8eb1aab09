import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");

test("the tests that the page of promises names exist", async () => {
  const page = await readFile(join(ROOT, "docs/safety.md"), "utf8");
  const named = [...page.matchAll(/`([^`\s]+\.test\.ts)`/g)].map(([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(20);
  for (const path of named) {
    const places = [path, join(path.startsWith("e2e/") ? "apps/qsc/test" : "packages/rollout/test", path)];
    const found = await Promise.all(
      places.map((place) =>
        access(join(ROOT, place)).then(
          () => true,
          () => false,
        ),
      ),
    );
    expect(found, path).toContain(true);
  }
});
