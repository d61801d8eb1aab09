import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { repositoryRoot, temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";

const README = new URL("../../README.md", import.meta.url);
const BIN = fileURLToPath(new URL("../../bin/qsc.js", import.meta.url));

test("the commands of the README print what it says", async () => {
  await using directory = await temporaryDirectory();
  symlinkSync(BIN, `${directory.path}/qsc`);
  const [, commands = "", expected = ""] = /```sh\n(.*?)```\n\n```text\n(.*?)```/s.exec(readFileSync(README, "utf8")) ?? [];
  const run = spawnSync("sh", ["-c", `{ ${commands} } 2>&1`], {
    cwd: repositoryRoot,
    env: { PATH: `${directory.path}:${process.env["PATH"] ?? ""}`, QSC_WORKDIR: directory.path },
    encoding: "utf8",
  });
  expect(run.stdout.replaceAll(/^(?:report|config) .*\n/gm, "")).toBe(expected);
});
