import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../bootstrap/root.js";
import { avoidedIn } from "../avoid.js";
import { messagesIn } from "../messages.js";

describe("plain English", () => {
  test("no message in the code has a word to avoid", () => {
    const files = execFileSync("git", ["ls-files", "--", "packages/*/src/*.ts", "apps/*/src/*.ts"], {
      cwd: root,
      encoding: "utf8",
    })
      .trim()
      .split("\n");
    expect(files.length).toBeGreaterThan(100);
    const found = files.flatMap((file) =>
      messagesIn(join(root, file)).flatMap(({ line, text }) => {
        const avoided = avoidedIn(text);
        return avoided === null ? [] : [`${file}:${line}: '${text}': write ${avoided.instead}`];
      }),
    );
    expect(found).toEqual([]);
  });

  test.each([
    ['throw new Error("mend the path");', ["mend the path"]],
    ["const text = `${name} is no host of ${list}`;", ["... is no host of ..."]],
    ['const text = "there is no host";', []],
    ['import { x } from "nobody knows";', []],
    ['// nobody reads a comment to a user\nconst one = "anew";', []],
  ])("in %s it finds %j", (source, expected) => {
    expect(
      messagesIn("a.ts", source)
        .filter(({ text }) => avoidedIn(text) !== null)
        .map(({ text }) => text),
    ).toEqual(expected);
  });
});
