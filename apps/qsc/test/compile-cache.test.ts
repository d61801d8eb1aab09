import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { repositoryRoot, temporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const PROGRAM = pathToFileURL(join(repositoryRoot, "apps/qsc/bin/compile-cache.js")).href;
const hasCache = "enableCompileCache" in nodeModule;

/** Where compiled code is kept, as a process says that is told to. */
function keptIn(cache: string, command = "scoreboard"): string {
  const code = `import * as m from "node:module"; import { keepCompiledCode } from "${PROGRAM}";
    keepCompiledCode("${command}"); console.log(m.getCompileCacheDir?.() ?? "nowhere");`;
  const env = { PATH: process.env["PATH"] ?? "", HOME: homedir(), XDG_CACHE_HOME: cache };
  return execFileSync(process.execPath, ["--input-type=module", "-e", code], { env, encoding: "utf8" }).trim();
}

describe.skipIf(hasCache)("compiled code, by a Node without a cache (older than 22.1)", () => {
  test("is kept nowhere", async () => {
    await using directory = await temporaryDirectory();
    expect(keptIn(directory.path)).toBe("nowhere");
    expect(readdirSync(directory.path)).toEqual([]);
  });
});

describe.runIf(hasCache)("compiled code, by a Node with a cache (22.1 and later)", () => {
  // Not below /tmp, to which everyone may write.
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(homedir(), ".qsc-test-cache-"));
  });
  afterEach(() => {
    rmSync(cache, { recursive: true });
  });

  test("is kept in the user's cache directory", () => {
    expect(keptIn(cache)).toContain(join(cache, "qsc"));
  });

  test.each(["rollback", "monitor"])("is not kept by %s", (command) => {
    expect(keptIn(cache, command)).toBe("nowhere");
    expect(readdirSync(cache)).toEqual([]);
  });

  test("is kept nowhere if another user could write to the directory, or to one above it", async () => {
    mkdirSync(join(cache, "qsc"));
    chmodSync(join(cache, "qsc"), 0o777);
    expect(keptIn(cache)).toBe("nowhere");
    await using shared = await temporaryDirectory();
    expect(keptIn(shared.path)).toBe("nowhere");
    symlinkSync(shared.path, join(cache, "link"));
    expect(keptIn(join(cache, "link"))).toBe("nowhere");
  });

  test("is kept nowhere if the directory cannot be made", () => {
    expect(keptIn("/proc/none")).toBe("nowhere");
  });
});
