import { randomBytes } from "node:crypto";
import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test, type TestContext } from "vitest";
import { cutoverOf, restart, type Guard, type ServiceManager, type UnitState } from "../src/index.js";
import { collect, eventually, linesOf, serviceError } from "./support/eventually.js";
import { hostileEnvironment } from "./support/hostile.js";

/** A manager, and the directories that a test may write to. */
export interface Subject {
  readonly manager: ServiceManager;
  /** Where the unit files are, seen from the test. */
  readonly units: string;
  /** A directory that the units' processes see under the same path. */
  readonly scratch: string;
}

const TIMEOUT_MS = 10_000;
/** A process that keeps running. */
const STAYS = "exec sleep 1000";

/** The conformance suite: what every adapter must do. */
export function conformance(subject: () => Subject): void {
  const manager = (): ServiceManager => subject().manager;
  const scratch = (name: string): string => join(subject().scratch, `${name}-${randomBytes(4).toString("hex")}`);
  const newName = (): string => `t-${randomBytes(6).toString("hex")}`;

  /** A unit with these [Service] lines, loaded by the manager; stopped and removed after the test. */
  async function install(t: TestContext, ...service: readonly string[]): Promise<string> {
    const unit = `${newName()}.service`;
    await writeFile(
      join(subject().units, unit),
      ["[Unit]", "StartLimitBurst=3", "[Service]", ...service, ""].join("\n"),
    );
    await manager().reload();
    t.onTestFinished(async () => {
      await manager().stop(unit, TIMEOUT_MS);
      await rm(join(subject().units, unit));
      await rm(join(subject().units, `${unit}.d`), { recursive: true, force: true });
    });
    return unit;
  }

  const shell = (script: string): string => `ExecStart=/bin/sh -c "${script}"`;
  const lines = async (unit: string, { invocationId }: UnitState): Promise<string[]> =>
    (await collect(manager().journal(unit, { invocationId: invocationId ?? "" }))).map(({ message }) => message);

  function aGuard(t: TestContext, change: Partial<Guard> & { readonly script: string }): Guard {
    const { script, ...rest } = change;
    const guard = {
      name: newName(),
      command: ["/bin/sh", "-c", script],
      everySeconds: 1,
      afterBootSeconds: 1,
      description: "a test",
      ...rest,
    };
    t.onTestFinished(() => manager().disarmGuard(guard.name));
    return guard;
  }

  describe.concurrent("a unit's state", () => {
    test("reports a missing unit as a state, while starting or stopping it is an error", async () => {
      const unit = `${newName()}.service`;
      expect(await manager().state(unit)).toMatchObject({
        unit,
        load: "not-found",
        active: "inactive",
        mainPid: null,
        invocationId: null,
        startedUs: null,
        fragment: null,
      });
      const refused = await serviceError(manager().start(unit, TIMEOUT_MS));
      expect(refused).toMatchObject({ code: "service_missing", unit });
      expect(await serviceError(manager().stop(unit, TIMEOUT_MS))).toMatchObject({ code: "service_missing", unit });
      await manager().resetFailed(unit);
      expect(() => cutoverOf({ ...(refused as unknown as UnitState), unit, load: "not-found" })).toThrow(
        "There is no unit",
      );
    });

    test("describes a unit that never ran", async (t) => {
      const unit = await install(t, shell(STAYS));
      expect(await manager().state(unit)).toMatchObject({
        load: "loaded",
        active: "inactive",
        startedUs: null,
        mainPid: null,
        dropIns: [],
        fragment: expect.stringMatching(new RegExp(`/${unit}$`)) as string,
      });
      expect(await manager().stop(unit, TIMEOUT_MS)).toMatchObject({ active: "inactive" });
    });

    test("reports a masked unit, which cannot be started", async (t) => {
      const unit = `${newName()}.service`;
      await symlink("/dev/null", join(subject().units, unit));
      t.onTestFinished(() => rm(join(subject().units, unit)));
      await manager().reload();
      expect(await manager().state(unit)).toMatchObject({ load: "masked", active: "inactive" });
      const error = await serviceError(manager().start(unit, TIMEOUT_MS));
      expect(error).toMatchObject({ code: "service_failed", unit });
      expect(error.message).toMatch(/masked.*Unmask it/);
    });

    test("of a running unit has its process, invocation, and times in UTC microseconds", async (t) => {
      const unit = await install(t, shell(STAYS));
      const [from, state, to] = [Date.now(), await manager().start(unit, TIMEOUT_MS), Date.now()];
      expect(state).toMatchObject({ load: "loaded", active: "active", sub: "running", result: "success" });
      expect(state.mainPid).toBeGreaterThan(0);
      expect(state.invocationId).toMatch(/^[0-9a-f]{32}$/);
      for (const time of [state.startedUs, state.activeSinceUs]) {
        expect(Number.isSafeInteger(time)).toBe(true);
        expect(time).toBeGreaterThanOrEqual((from - 1) * 1_000);
        expect(time).toBeLessThanOrEqual((to + 1) * 1_000);
      }
      expect(Date.parse(cutoverOf(state))).toBe(Math.floor((state.startedUs ?? 0) / 1_000));
      expect(await manager().state(unit)).toEqual(state);
    });
  });

  describe.concurrent("stop and start", () => {
    test("a stopped unit has ended, and a new start gets a new invocation and process", async (t) => {
      const unit = await install(t, shell(STAYS));
      const first = await manager().start(unit, TIMEOUT_MS);
      expect(await manager().stop(unit, TIMEOUT_MS)).toMatchObject({
        active: "inactive",
        mainPid: null,
        result: "success",
      });
      const second = await manager().start(unit, TIMEOUT_MS);
      expect(second.invocationId).not.toBe(first.invocationId);
      expect(second.mainPid).not.toBe(first.mainPid);
      expect(second.startedUs).toBeGreaterThan(first.startedUs ?? Infinity);
    });

    test("a running unit is not started again", async (t) => {
      const unit = await install(t, shell(STAYS));
      const { invocationId } = await manager().start(unit, TIMEOUT_MS);
      const error = await serviceError(manager().start(unit, TIMEOUT_MS));
      expect(error).toMatchObject({ code: "service_failed", unit });
      expect(error.message).toContain("Stop it first");
      expect(await manager().state(unit)).toMatchObject({ active: "active", invocationId });
    });

    test("stopping a unit ends everything it started", async (t) => {
      const beat = scratch("beat");
      const unit = await install(t, shell(`(while echo x >> ${beat}; do sleep 0.05; done) & exec sleep 1000`));
      await manager().start(unit, TIMEOUT_MS);
      await eventually(async () => (await linesOf(beat)).length > 1);
      await manager().stop(unit, TIMEOUT_MS);
      const { length } = await linesOf(beat);
      await manager().start(unit, TIMEOUT_MS);
      await eventually(async () => (await linesOf(beat)).length > length + 1);
    });

    test("a kill ends processes that ignore signals, and succeeds when nothing runs", async (t) => {
      const unit = await install(t, shell("trap '' TERM; while :; do sleep 0.05; done"));
      await manager().start(unit, TIMEOUT_MS);
      await manager().kill(unit);
      await eventually(async () => (await manager().state(unit)).active === "failed");
      await manager().kill(unit);
      await manager().resetFailed(unit);
      await manager().kill(unit);
      expect(await manager().state(unit)).toMatchObject({ mainPid: null });
      expect(await manager().leftovers(unit)).toEqual([]);
    });

    test("processes that the unit itself started are not leftovers, whether it runs or not", async (t) => {
      const unit = await install(t, shell("sleep 1000 & exec sleep 1000"));
      expect(await manager().leftovers(unit)).toEqual([]);
      await manager().start(unit, TIMEOUT_MS);
      await restart(manager(), unit, { timeoutMs: TIMEOUT_MS });
      expect(await manager().leftovers(unit)).toEqual([]);
      await manager().stop(unit, TIMEOUT_MS);
      expect(await manager().leftovers(unit)).toEqual([]);
    });

    test.for<readonly [string, readonly string[], "failed" | "inactive", RegExp]>([
      ["Type=simple and a missing program", ["Type=simple", "ExecStart=/nonexistent/program"], "failed", /./],
      ["Type=exec and an immediate exit", ["Type=exec", shell("echo broken >&2; exit 3")], "failed", /broken/],
      ["an exit within the settling time", [shell("echo broken; sleep 0.1; exit 3")], "failed", /broken/],
      // systemd forgets a cleanly ended unit at once, along with its invocation.
      ["a clean exit", [shell("echo done; exit 0")], "inactive", /./],
      ["death by a signal", [shell("echo killed; kill -9 $$$$")], "failed", /killed/],
    ])("fails: %s", async ([, service, active, said], t) => {
      const unit = await install(t, ...service);
      const error = await serviceError(manager().start(unit, TIMEOUT_MS));
      expect(error).toMatchObject({ code: "service_failed", unit });
      expect(error.message).toContain(`${unit} did not start and stay`);
      expect(error.message).toMatch(said);
      expect(await manager().state(unit)).toMatchObject({ active, mainPid: null });
    });

    test("a unit that failed often starts again after its failures are reset", async (t) => {
      const path = scratch("repaired");
      const unit = await install(t, shell(`test -e ${path} || exit 4; ${STAYS}`));
      for (let attempt = 0; attempt < 5; attempt += 1)
        expect(await serviceError(manager().start(unit, TIMEOUT_MS))).toMatchObject({ code: "service_failed" });
      await writeFile(path, "");
      await manager().resetFailed(unit);
      expect(await manager().state(unit)).toMatchObject({ active: "inactive", result: "success" });
      expect(await manager().start(unit, TIMEOUT_MS)).toMatchObject({ active: "active" });
    });

    test("restart also recovers a failed unit", async (t) => {
      const path = scratch("repaired");
      const unit = await install(t, shell(`test -e ${path} || exit 4; ${STAYS}`));
      for (let attempt = 0; attempt < 4; attempt += 1)
        await serviceError(restart(manager(), unit, { timeoutMs: TIMEOUT_MS }));
      await writeFile(path, "");
      const first = await restart(manager(), unit, { timeoutMs: TIMEOUT_MS });
      const second = await restart(manager(), unit, { timeoutMs: TIMEOUT_MS });
      expect(second).toMatchObject({ active: "active" });
      expect(second.invocationId).not.toBe(first.invocationId);
    });

    test("a stop times out on a unit that ignores it, and the unit is killed later", async (t) => {
      const ready = scratch("ready");
      const unit = await install(
        t,
        "TimeoutStopSec=4",
        shell(`trap '' TERM; echo > ${ready}; while :; do sleep 0.05; done`),
      );
      await manager().start(unit, TIMEOUT_MS);
      await eventually(async () => (await linesOf(ready)).length === 1);
      const error = await serviceError(manager().stop(unit, 1_500));
      expect(error).toMatchObject({ code: "service_timeout", unit });
      expect(error.message).toContain("deactivating");
      await eventually(async () => (await manager().state(unit)).active === "failed");
      expect(await manager().state(unit)).toMatchObject({ result: "timeout", mainPid: null });
    });
  });

  describe.concurrent("drop-ins", () => {
    test("reach the next process after a reload", async (t) => {
      const path = scratch("environ");
      const unit = await install(t, "Environment=A=unit B=unit", shell(`cat /proc/$$$$/environ > ${path}; ${STAYS}`));
      const first = await manager().start(unit, TIMEOUT_MS);
      await manager().writeDropIn(
        unit,
        "canary.conf",
        new Map([
          ["B", "drop-in"],
          ["C", "new"],
        ]),
      );
      expect(await manager().state(unit)).toMatchObject({ invocationId: first.invocationId, active: "active" });
      await manager().reload();
      const state = await restart(manager(), unit, { timeoutMs: TIMEOUT_MS });
      expect(Object.fromEntries(state.environment)).toEqual({ A: "unit", B: "drop-in", C: "new" });
      expect(state.dropIns).toEqual([expect.stringMatching(new RegExp(`/${unit}\\.d/canary\\.conf$`))]);
      expect(await environmentIn(path)).toMatchObject({
        A: "unit",
        B: "drop-in",
        C: "new",
        INVOCATION_ID: state.invocationId,
      });

      await manager().removeDropIn(unit, "canary.conf");
      await manager().reload();
      const after = await restart(manager(), unit, { timeoutMs: TIMEOUT_MS });
      expect(Object.fromEntries(after.environment)).toEqual({ A: "unit", B: "unit" });
      expect(after.dropIns).toEqual([]);
      expect(await environmentIn(path)).not.toHaveProperty("C");
    });

    test("are read back as written, replaced, and removed twice without an error", async (t) => {
      const unit = await install(t, shell(STAYS));
      expect(await manager().readDropIn(unit, "a.conf")).toBeNull();
      for (const value of ["1", "2"]) {
        await manager().writeDropIn(unit, "a.conf", new Map([["A", value]]));
        expect(await manager().readDropIn(unit, "a.conf")).toEqual(new Map([["A", value]]));
      }
      await manager().removeDropIn(unit, "a.conf");
      await manager().removeDropIn(unit, "a.conf");
      expect(await manager().readDropIn(unit, "a.conf")).toBeNull();
    });

    test("written by something else are refused, naming file and line", async (t) => {
      const unit = await install(t, shell(STAYS));
      await manager().writeDropIn(unit, "a.conf", new Map());
      await writeFile(join(subject().units, `${unit}.d`, "a.conf"), "[Service]\nEnvironment=A=b\nUser=nobody\n");
      const error = await serviceError(manager().readDropIn(unit, "a.conf"));
      expect(error.code).toBe("dropin_invalid");
      expect(error.message).toContain(`/${unit}.d/a.conf', line 3: User=`);
    });

    test("are never seen half-written", async (t) => {
      const unit = await install(t, shell(STAYS));
      const texts = ["a", "b"].map((letter) => letter.repeat(20_000));
      await manager().writeDropIn(unit, "a.conf", new Map([["A", texts[0] ?? ""]]));
      const writing = { isDone: false };
      const reading = (async () => {
        const seen = new Set<string | undefined>();
        while (!writing.isDone) seen.add((await manager().readDropIn(unit, "a.conf"))?.get("A"));
        return seen;
      })();
      for (let turn = 0; turn < 10; turn += 1)
        await manager().writeDropIn(unit, "a.conf", new Map([["A", texts[turn % 2] ?? ""]]));
      writing.isDone = true;
      for (const value of await reading) expect(texts).toContain(value);
    });

    test("hostile values reach the manager and the process unchanged", async (t) => {
      const path = scratch("environ");
      const unit = await install(t, shell(`cat /proc/$$$$/environ > ${path}; ${STAYS}`));
      await fc.assert(
        fc.asyncProperty(hostileEnvironment, async (environment) => {
          await manager().writeDropIn(unit, "hostile.conf", environment);
          await manager().reload();
          const state = await restart(manager(), unit, { timeoutMs: TIMEOUT_MS });
          expect(await manager().readDropIn(unit, "hostile.conf")).toEqual(environment);
          expect(Object.fromEntries(state.environment)).toEqual(Object.fromEntries(environment));
          expect(await environmentIn(path)).toMatchObject(Object.fromEntries(environment));
        }),
        { numRuns: 4, endOnFailure: true },
      );
    });

    test.each([
      ["A", "a\nExecStart=/bin/false"],
      ["A", "a\u0000b"],
      ["A", "\u0007"],
      ["A", "\ud800"],
      ["A B", "a"],
      ["A=B", "a"],
      ["", "a"],
      ["1A", "a"],
      ["A\nB", "a"],
    ])("refuses the variable %j with the value %j and writes nothing", async (name, value) => {
      const unit = "hostile.service";
      const error = await serviceError(manager().writeDropIn(unit, "a.conf", new Map([[name, value]])));
      expect(error.code).toBe("dropin_invalid");
      expect(await manager().readDropIn(unit, "a.conf")).toBeNull();
    });
  });

  describe.concurrent("names", () => {
    test.each([
      "",
      "engine",
      "engine.timer",
      ".service",
      "../engine.service",
      "a/b.service",
      "-engine.service",
      "a..b.service",
      "a b.service",
      "a\n.service",
      "*.service",
      `${"a".repeat(260)}.service`,
    ])("refuses %j as a unit name", async (unit) => {
      const calls = [
        () => manager().state(unit),
        () => manager().start(unit, 1),
        () => manager().stop(unit, 1),
        () => manager().resetFailed(unit),
        () => manager().readDropIn(unit, "a.conf"),
        () => manager().writeDropIn(unit, "a.conf", new Map()),
        () => manager().removeDropIn(unit, "a.conf"),
        () => collect(manager().journal(unit, { invocationId: "0".repeat(32) })),
      ];
      for (const call of calls) expect(await serviceError(call())).toMatchObject({ code: "invalid_unit" });
    });

    test.each(["", "a", "a.txt", "../a.conf", "/a.conf", "a/b.conf", "-a.conf", ".a.conf", "a\n.conf"])(
      "refuses %j as a drop-in name",
      async (name) => {
        for (const call of [
          () => manager().readDropIn("a.service", name),
          () => manager().writeDropIn("a.service", name, new Map()),
          () => manager().removeDropIn("a.service", name),
        ]) {
          expect(await serviceError(call())).toMatchObject({ code: "invalid_unit", unit: name });
        }
      },
    );

    test.each(["", "../a", "a/b", "-a", "a b", "a.timer", "a\n"])("refuses %j as a guard name", async (name) => {
      const guard = { name, command: ["/bin/true"], everySeconds: 1, afterBootSeconds: 1, description: "" };
      for (const call of [
        () => manager().armGuard(guard),
        () => manager().disarmGuard(name),
        () => manager().guardState(name),
      ]) {
        expect(await serviceError(call())).toMatchObject({ code: "invalid_unit" });
      }
    });

    test.each(["", "x", "0".repeat(31), `${"0".repeat(32)} _PID=1`])(
      "refuses %j as an invocation",
      async (invocationId) => {
        expect(await serviceError(collect(manager().journal("a.service", { invocationId })))).toMatchObject({
          code: "invalid_unit",
          unit: "a.service",
        });
      },
    );
  });

  describe.concurrent("the journal", () => {
    test("has the lines of one start only", async (t) => {
      const count = scratch("count");
      const unit = await install(
        t,
        shell(`echo x >> ${count}; echo start $$(wc -l < ${count}); echo an error >&2; ${STAYS}`),
      );
      const first = await manager().start(unit, TIMEOUT_MS);
      const second = await restart(manager(), unit, { timeoutMs: TIMEOUT_MS });
      expect(await lines(unit, first)).toEqual(["start 1", "an error"]);
      expect(await lines(unit, second)).toEqual(["start 2", "an error"]);
      const [line] = await collect(manager().journal(unit, { invocationId: second.invocationId ?? "" }));
      expect(line).toMatchObject({ invocationId: second.invocationId, priority: 6, identifier: "sh" });
      expect(line?.pid).toBeGreaterThan(0);
      // A process may write before the manager has recorded its start.
      expect(line?.timeUs).toBeGreaterThan(first.startedUs ?? Infinity);
      expect(await lines(unit, { ...second, invocationId: "0".repeat(32) })).toEqual([]);
    });

    test("returns lines as written, control characters included", async (t) => {
      const unit = await install(
        t,
        shell(String.raw`printf 'a\\tb \\033[31mred\\nBytes \\377 and \\303\\251\\n'; printf 'no end'; ${STAYS}`),
      );
      const state = await manager().start(unit, TIMEOUT_MS);
      await manager().stop(unit, TIMEOUT_MS);
      expect(await lines(unit, state)).toEqual(["a\tb \u001b[31mred", "Bytes \ufffd and é", "no end"]);
    });

    test("is followed until the signal", async (t) => {
      const unit = await install(t, shell("i=0; while :; do i=$$((i + 1)); echo line $$i; sleep 0.1; done"));
      const { invocationId } = await manager().start(unit, TIMEOUT_MS);
      const leaving = new AbortController();
      const seen: string[] = [];
      for await (const { message } of manager().journal(unit, {
        invocationId: invocationId ?? "",
        follow: true,
        signal: leaving.signal,
      })) {
        seen.push(message);
        if (seen.length === 8) leaving.abort();
      }
      expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((number) => `line ${number}`));
    });

    test("leaves nothing behind when the reader stops early, and is empty after an earlier signal", async (t) => {
      const unit = await install(t, shell("while echo line; do sleep 0.1; done"));
      const { invocationId } = await manager().start(unit, TIMEOUT_MS);
      const options = { invocationId: invocationId ?? "", follow: true };
      for await (const { message } of manager().journal(unit, options)) {
        expect(message).toBe("line");
        break;
      }
      expect(await collect(manager().journal(unit, { ...options, signal: AbortSignal.abort() }))).toEqual([]);
    });
  });

  describe.concurrent("a guard", () => {
    test("runs repeatedly once armed and no longer once disarmed", async (t) => {
      const path = scratch("runs");
      const guard = aGuard(t, { script: `echo "$1" >> ${path}` });
      const hostile = `a 'b' "c" $HOME \${HOME} %h %% \\ \`id\` ;`;
      expect(await manager().guardState(guard.name)).toBe("absent");
      await manager().disarmGuard(guard.name);
      await manager().armGuard({ ...guard, command: [...guard.command, "guard", hostile] });
      expect(await manager().guardState(guard.name)).toBe("armed");
      await eventually(async () => (await linesOf(path)).length >= 3);
      expect(new Set(await linesOf(path))).toEqual(new Set([hostile]));
      await manager().disarmGuard(guard.name);
      expect(await manager().guardState(guard.name)).toBe("absent");
      const { length } = await linesOf(path);
      await manager().armGuard(aGuard(t, { script: `echo other >> ${path}` }));
      await eventually(async () => (await linesOf(path)).length >= length + 2);
      expect((await linesOf(path)).slice(length)).not.toContain(hostile);
    });

    test("replaces a guard of the same name, but keeps an equal one", async (t) => {
      const path = scratch("runs");
      const guard = aGuard(t, { script: `echo old >> ${path}` });
      await manager().armGuard(guard);
      await manager().armGuard({ ...guard });
      await eventually(async () => (await linesOf(path)).length >= 1);
      await manager().armGuard({ ...guard, command: ["/bin/sh", "-c", `echo new >> ${path}`] });
      expect(await manager().guardState(guard.name)).toBe("armed");
      const { length } = await linesOf(path);
      await eventually(async () => (await linesOf(path)).length >= length + 2);
      expect(new Set((await linesOf(path)).slice(length))).toEqual(new Set(["new"]));
    });

    test("keeps running after a failed run", async (t) => {
      const path = scratch("runs");
      const guard = aGuard(t, { script: `echo run >> ${path}; exit 1` });
      await manager().armGuard(guard);
      await eventually(async () => (await linesOf(path)).length >= 3);
      expect(await manager().guardState(guard.name)).toBe("armed");
    });

    test("runs even while units are constantly reloaded", async (t) => {
      const path = scratch("runs");
      await manager().armGuard(aGuard(t, { script: `echo run >> ${path}`, afterBootSeconds: 3 }));
      await eventually(async () => {
        await manager().reload();
        return (await linesOf(path)).length >= 4;
      });
    });

    test("ends the current run when disarmed", async (t) => {
      const path = scratch("runs");
      const guard = aGuard(t, { script: `echo $$ >> ${path}; while echo beat >> ${path}; do sleep 0.05; done` });
      await manager().armGuard(guard);
      await eventually(async () => (await linesOf(path)).length >= 3);
      await manager().disarmGuard(guard.name);
      const { length } = await linesOf(path);
      const other = scratch("other");
      await manager().armGuard(aGuard(t, { script: `echo run >> ${other}` }));
      await eventually(async () => (await linesOf(other)).length >= 1);
      expect(await linesOf(path)).toHaveLength(length);
    });

    test.for<[Partial<Guard>, string]>([
      [{ command: [] }, "is not an absolute path"],
      [{ command: ["true"] }, "'true' is not an absolute path"],
      [{ command: ["/bin/true", "a\nb"] }, "has a control character"],
      [{ everySeconds: 0 }, "0 is not a whole number of seconds"],
      [{ afterBootSeconds: 1.5 }, "1.5 is not a whole number of seconds"],
    ])("refuses an invalid guard: %j", async ([change, words], t) => {
      const guard = { ...aGuard(t, { script: "" }), ...change };
      const error = await serviceError(manager().armGuard(guard));
      expect(error).toMatchObject({ code: "invalid_unit", unit: guard.name });
      expect(error.message).toContain(words);
      expect(await manager().guardState(guard.name)).toBe("absent");
    });
  });
}

/** The environment that a process dumped as it received it from the kernel. */
async function environmentIn(path: string): Promise<Record<string, string>> {
  const text = await readFile(path, "utf8");
  const variables = text.split("\0").filter((variable) => variable !== "");
  return Object.fromEntries(
    variables.map((variable) => [variable.slice(0, variable.indexOf("=")), variable.slice(variable.indexOf("=") + 1)]),
  );
}
