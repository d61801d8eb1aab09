import fc from "fast-check";
import { expect, test } from "vitest";
import { cutoverOf } from "../src/index.js";
import { parseTimestamp } from "../src/systemd/show.js";
import { parseSpan } from "../src/systemd/span.js";
import { serviceError } from "./support/eventually.js";
import { answering } from "./support/pretended.js";

const SHOWN = [
  "MainPID=4711",
  "Result=success",
  "NeedDaemonReload=yes",
  "ExecMainStartTimestamp=Sat 2026-01-10 23:59:59.999999 UTC",
  "ActiveEnterTimestamp=Sun 2026-01-11 00:00:00.000001 UTC",
  String.raw`Environment=A=b "B=c d" "C=say \"hi\" for 5\$ = much" D=é`,
  "EnvironmentFiles=/etc/a.env (ignore_errors=no)",
  "LoadState=loaded",
  "ActiveState=active",
  "SubState=running",
  "FragmentPath=/etc/systemd/system/engine.service",
  "DropInPaths=/etc/systemd/system/engine.service.d/a.conf /etc/systemd/system/engine.service.d/b.conf",
  "InvocationID=0123456789abcdef0123456789abcdef",
];
const STATE = {
  unit: "engine.service",
  load: "loaded",
  active: "active",
  sub: "running",
  result: "success",
  mainPid: 4711,
  invocationId: "0123456789abcdef0123456789abcdef",
  startedUs: 1_768_089_599_999_999,
  activeSinceUs: 1_768_089_600_000_001,
  environment: new Map([
    ["A", "b"],
    ["B", "c d"],
    ["C", 'say "hi" for 5$ = much'],
    ["D", "é"],
  ]),
  dropIns: ["/etc/systemd/system/engine.service.d/a.conf", "/etc/systemd/system/engine.service.d/b.conf"],
  fragment: "/etc/systemd/system/engine.service",
  environmentFiles: ["/etc/a.env"],
  passEnvironment: [],
  unsetEnvironment: [],
  stop: null,
  needsReload: true,
};

test("reads properties by name, in any order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(SHOWN, { minLength: SHOWN.length }), async (lines) => {
      const manager = await answering({ stdout: `${lines.join("\n")}\n` });
      expect(await manager.state("engine.service")).toEqual(STATE);
    }),
    { numRuns: 10 },
  );
});

const NEEDED = ["LoadState", "ActiveState", "SubState", "MainPID", "Environment", "DropInPaths", "NeedDaemonReload"];
test.each(NEEDED)("refuses a state without %s", async (name) => {
  const manager = await answering({ stdout: SHOWN.filter((line) => !line.startsWith(name)).join("\n") });
  const error = await serviceError(manager.state("engine.service"));
  expect(error).toMatchObject({ code: "service_unreachable", unit: "engine.service" });
  expect(error.message).toContain(`nothing for ${name}`);
});

test("an unreadable environment or time is an error, not an empty value", async () => {
  for (const line of ['Environment=A="b', "ActiveEnterTimestamp=Sun 2026-01-11 00:00:00 CET"]) {
    const manager = await answering({ stdout: [...SHOWN, line].join("\n") });
    expect(await serviceError(manager.state("engine.service"))).toMatchObject({ code: "service_unreachable" });
  }
});

test("reads times as UTC microseconds", () => {
  expect(parseTimestamp("Thu 1970-01-01 00:00:01 UTC")).toBe(1_000_000);
  expect(parseTimestamp("Thu 1970-01-01 00:00:01.5 UTC")).toBe(1_500_000);
  for (const never of ["", "n/a", "0"]) expect(parseTimestamp(never)).toBeNull();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), fc.integer({ min: 0, max: 999_999 }), (seconds, micros) => {
      const [day = "", time = ""] = new Date(seconds * 1_000).toISOString().replace(".000Z", "").split("T");
      expect(parseTimestamp(`Thu ${day} ${time}.${String(micros).padStart(6, "0")} UTC`)).toBe(
        seconds * 1_000_000 + micros,
      );
    }),
  );
});

test("a cutover is never later than the start of the process", () => {
  const state = { ...STATE, startedUs: 1_768_089_599_999_999 };
  expect(cutoverOf(state)).toBe("2026-01-10T23:59:59.999Z");
  for (const change of [{ active: "failed" }, { mainPid: null }, { startedUs: null }])
    expect(() => cutoverOf({ ...state, ...change })).toThrow("has no cutover");
  expect(() => cutoverOf({ ...state, load: "not-found" })).toThrow("There is no unit engine.service");
});

const SHOWN_STOP = [
  "TimeoutStopUSec=1min 30s",
  "TimeoutStopFailureMode=abort",
  "TimeoutAbortUSec=infinity",
  "KillMode=process",
  "KillSignal=1",
  "SendSIGKILL=no",
  "FinalKillSignal=6",
];

test("reads lists with one line per member: environment files, stop commands", async () => {
  const lines = [
    "EnvironmentFiles=/etc/b c.env (ignore_errors=yes)",
    "ExecStop={ path=/bin/a ; argv[]=/bin/a }",
    "ExecStop={ path=/bin/b ; argv[]=/bin/b }",
    "ExecStopPost={ path=/bin/c }",
  ];
  const manager = await answering({
    stdout: `${[...SHOWN, ...SHOWN_STOP, ...lines, 'UnsetEnvironment=A "B=c d"', "PassEnvironment=C D"].join("\n")}\n`,
  });
  expect(await manager.state("engine.service")).toMatchObject({
    environmentFiles: ["/etc/a.env", "/etc/b c.env"],
    unsetEnvironment: ["A", "B=c d"],
    passEnvironment: ["C", "D"],
    stop: {
      timeoutMs: 90_000,
      onTimeout: "abort",
      abortMs: null,
      killMode: "process",
      killSignal: 1,
      sendsLastSignal: false,
      lastSignal: 6,
      stopCommands: 2,
      postCommands: 1,
    },
  });
});

test.each(SHOWN_STOP.filter((line) => !/^TimeoutStopFailureMode|^TimeoutAbort/.test(line)))(
  "stop rules without %s are unknown, not the defaults",
  async (missing) => {
    for (const instead of [[], [`${missing.slice(0, missing.indexOf("="))}=whatever?`]]) {
      if (missing.startsWith("KillMode") && instead.length > 0) continue;
      const manager = await answering({
        stdout: [...SHOWN, ...SHOWN_STOP.filter((line) => line !== missing), ...instead].join("\n"),
      });
      expect((await manager.state("engine.service")).stop).toBeNull();
    }
  },
);

test.each<[string, number | null]>([
  ["10s", 10_000],
  ["1min 30s", 90_000],
  ["500ms", 500],
  ["1.5s", 1500],
  ["2h 3min 4s 5ms 6us", 7_384_005.006],
  ["infinity", Infinity],
  ["0", 0],
  ["", null],
  ["10", null],
  ["10 s", null],
  ["soon", null],
  ["-1s", null],
  ["1constructor", null],
])("reads the span %s", (text, ms) => {
  expect(parseSpan(text)).toBe(ms);
});
