import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot, temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";

test("a bundle that was emptied, as by a full disk, says nothing and exits with 2", async () => {
  const directory = await temporaryDirectory();
  try {
    await cp(join(repositoryRoot, "apps/qsc/bin"), join(directory.path, "bin"), { recursive: true });
    await writeFile(join(directory.path, "package.json"), '{"type":"module"}');
    await mkdir(join(directory.path, "bundle"));
    await writeFile(join(directory.path, "bundle/main.js"), "");
    const run = promisify(execFile)(process.execPath, [join(directory.path, "bin/qsc.js"), "status"]);
    await expect(run).rejects.toMatchObject({ code: 2, stdout: "" });
  } finally {
    await directory.remove();
  }
});
