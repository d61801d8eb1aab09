import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { repositoryRoot, temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";

const BIN = fileURLToPath(new URL("../../bin/qsc.js", import.meta.url));
const PAGES = ["README.md", "apps/qsc/README.md", "docs/watch.md", "docs/other-teams.md"];

test.each(PAGES)("the commands of %s print what it says", async (page) => {
  await using directory = await temporaryDirectory();
  symlinkSync(BIN, `${directory.path}/qsc`);
  symlinkSync(`${repositoryRoot}/demo`, `${directory.path}/demo`);
  const text = readFileSync(`${repositoryRoot}/${page}`, "utf8");
  const printed = [...text.matchAll(/```sh\n([^`]*?)```\n\n```text\n(.*?)```/gs)];
  expect(printed.length).toBeGreaterThan(0);
  for (const [, commands = "", expected] of printed) {
    const run = spawnSync("sh", ["-c", `{ ${commands} } 2>&1`], {
      cwd: directory.path,
      env: { PATH: `${directory.path}:${process.env["PATH"] ?? ""}`, QSC_WORKDIR: directory.path },
      encoding: "utf8",
    });
    expect(run.stdout.replaceAll(/^(?:report|config) .*\n/gm, "")).toBe(expected);
  }
});
