import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../bootstrap/root.js";
import { publicPackages } from "../public-packages.js";

const directory = join(root, ".changeset");

test("every changeset names packages that are published, each once: otherwise no version can be made", () => {
  const published = publicPackages().map(({ manifest }) => manifest.name);
  for (const file of readdirSync(directory).filter((name) => name.endsWith(".md") && name !== "README.md")) {
    const [, head = ""] = /^---\n([^]*?)\n---\n/.exec(readFileSync(join(directory, file), "utf8")) ?? [];
    const named = [...head.matchAll(/^"?([^":]+)"?: (?:patch|minor|major)$/gm)].map(([, name = ""]) => name);
    expect([file, named.length, named.filter((name) => !published.includes(name))]).toEqual([
      file,
      new Set(head.split("\n")).size,
      [],
    ]);
  }
});
