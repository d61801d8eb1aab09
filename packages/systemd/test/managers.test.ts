import fc from "fast-check";
import { expect, test } from "vitest";
import { guardUnits, remoteManager, userManager } from "../src/index.js";
import { run } from "../src/host/run.js";
import { shellQuote } from "../src/systemd/shell-quote.js";
import { anyText } from "./support/any-text.js";

test.each(["machine", "user@machine", "svc_a.b-c@engine-1.example.com", "10.0.0.1"])("%j is a host", (host) => {
  expect(remoteManager(host).label).toBe(`systemd on ${host}`);
});

test.each([
  "",
  "-oProxyCommand=id",
  "a@-b",
  "-a@b",
  "a b",
  "a@b:22",
  "a@@b",
  "a@b\n",
  "a;id",
  "$(id)",
  "a/b",
  "@b",
  "a@",
  `a@${"b".repeat(260)}`,
])("refuses %j as a host", (host) => {
  expect(() => remoteManager(host)).toThrow(expect.objectContaining({ code: "invalid_unit" }) as Error);
});

test("finds a user's units where the XDG variables say", () => {
  const before = process.env["XDG_CONFIG_HOME"];
  try {
    process.env["XDG_CONFIG_HOME"] = "/somewhere";
    expect(userManager().dropInPath("a.service", "b.conf")).toBe("/somewhere/systemd/user/a.service.d/b.conf");
    process.env["XDG_CONFIG_HOME"] = "relative";
    expect(userManager().dropInPath("a.service", "b.conf")).toMatch(
      /^\/.+\/\.config\/systemd\/user\/a\.service\.d\/b\.conf$/,
    );
  } finally {
    if (before === undefined) delete process.env["XDG_CONFIG_HOME"];
    else process.env["XDG_CONFIG_HOME"] = before;
  }
});

test("quotes any word for a shell", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        anyText.filter((word) => !word.includes("\0")),
        { maxLength: 5 },
      ),
      async (words) => {
        const { stdout } = await run(
          ["/bin/sh", "-c", `printf '%s\\0' ${words.map((word) => shellQuote(word)).join(" ")}`],
          { timeoutMs: 5_000 },
        );
        expect(stdout).toBe(words.length === 0 ? "\0" : words.map((word) => `${word}\0`).join(""));
      },
    ),
    { numRuns: 15 },
  );
});

test("the units of a guard", () => {
  const guard = {
    name: "qsc-deadman-a",
    command: ["/bin/sh", "-c", 'echo "$1" 100%'],
    everySeconds: 10,
    afterBootSeconds: 45,
    description: "Takes it\nback, 100 %",
  };
  const [service, timer] = guardUnits(guard);
  expect(service).toEqual({
    name: "qsc-deadman-a.service",
    text: [
      "# Installed beforehand for @qsc/systemd: arming starts the timer, disarming stops it, and the files stay.",
      "[Unit]",
      String.raw`Description=Takes it/u{a}back, 100 %%`,
      "StartLimitIntervalSec=0",
      "",
      "[Service]",
      "Type=oneshot",
      String.raw`ExecStart="/bin/sh" "-c" "echo \"$$1\" 100%%"`,
      "TimeoutStartSec=120s",
      "",
    ].join("\n"),
  });
  expect(timer?.name).toBe("qsc-deadman-a.timer");
  expect(timer?.text).toContain("Unit=qsc-deadman-a.service\nOnBootSec=45s\nOnUnitActiveSec=10s\nAccuracySec=1s\n");
  expect(() => guardUnits({ ...guard, command: ["sh"] })).toThrow("is not an absolute path");
});
