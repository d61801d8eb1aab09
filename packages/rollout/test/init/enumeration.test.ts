import { QscError, type ErrorCode, type InitDocument } from "@qsc/contract";
import { beforeAll, describe, expect, test } from "vitest";
import { init } from "../../src/init.js";
import { planFor, type Plan } from "../../src/init/plan.js";
import type { OperationContext } from "../../src/operation/context.js";
import type { Effect } from "../canary/model/effects.js";
import { faultsOf, isInjected } from "../canary/model/enumerate.js";
import { Machine, unitFilesOn } from "../canary/model/machine.js";
import { ACCOUNT, Process, type Plant } from "../canary/model/process.js";
import { run, type Outcome } from "../canary/model/run.js";

const USER = "qsc";
const OLD = "# what an older version wrote\n";

const installing = (context: OperationContext): Promise<InitDocument> =>
  init(context, {
    user: USER,
    root: "/",
    requiredEnvironment: [],
    console: true,
    dryRun: false,
    force: true,
    confirm: null,
  });

/** The plan, which is the same for each process. */
const PLAN: Plan = planFor(new Process(new Machine()).context, { user: USER, requiredEnvironment: [], console: true });

/** A host without anything of qsc, and one on which each file exists with another text. */
const HOSTS: Readonly<Record<string, () => Machine>> = {
  "a new host": () => new Machine(),
  "a host of an older version": () => {
    const machine = new Machine();
    for (const { path } of PLAN.files) {
      machine.disk.create(path);
      machine.disk.put(path, OLD);
      machine.disk.sync(path);
    }
    for (const { path } of PLAN.files) machine.disk.syncDirectory(path.slice(0, path.lastIndexOf("/")));
    machine.reload();
    return machine;
  },
};

/** What goes wrong, as a host reports it: with a code. */
const coded: Plant = (context) => ({
  ...context,
  files: codedIn(context.files, "file_failed"),
  services: codedIn(context.services, "service_failed"),
});

function codedIn<Port extends object>(port: Port, code: ErrorCode): Port {
  const asked =
    (act: (...args: unknown[]) => unknown) =>
    async (...args: unknown[]) => {
      try {
        return await act(...args);
      } catch (cause) {
        throw new QscError(code, "It failed.", { cause });
      }
    };
  return Object.fromEntries(
    Object.entries(port).map(([name, member]) => [
      name,
      typeof member === "function" && name !== "dropInPath" ? asked(member as () => unknown) : member,
    ]),
  ) as Port;
}

/** At every moment a file is as before, or complete; null if each is. */
function momentProblem({ disk }: Machine): string | null {
  const half = PLAN.files.find(({ path, text }) => ![null, OLD, text].includes(disk.read(path)));
  return half === undefined ? null : `${half.path} is written by half`;
}

/** What a host that is set up lacks; empty if nothing. */
function problemsOf(machine: Machine): readonly string[] {
  const { disk, owners, readUnits, rootsGuards } = machine;
  const problems: string[] = [];
  for (const { path, text, owner } of PLAN.files) {
    if (disk.read(path) !== text) problems.push(`${path} is not what is planned`);
    if (owner === "user" && owners.get(path)?.uid !== ACCOUNT.uid) problems.push(`${path} is not the user's`);
  }
  for (const path of PLAN.directories)
    if (owners.get(path)?.uid !== ACCOUNT.uid) problems.push(`${path} is not the user's`);
  for (const { path, target } of PLAN.links)
    if (disk.read(path) !== `-> ${target}`) problems.push(`${path} does not enable its timer`);
  const planned = new Set([...PLAN.files, ...PLAN.links].map(({ path }) => path));
  for (const name of disk.names()) if (!planned.has(name)) problems.push(`${name} is left over`);
  if (JSON.stringify([...readUnits].sort()) !== JSON.stringify([...unitFilesOn(disk)].sort()))
    problems.push("unit files have changed since the manager read them");
  if (!rootsGuards.has(PLAN.fallback.name)) problems.push("the fallback does not run");
  return problems;
}

/** What a host that is set up has lost after a power cut that takes everything that was not synced. */
function problemsAfterPowerCut(machine: Machine): readonly string[] {
  const { rootsGuards } = machine;
  machine.losePower({ names: "lost", contents: "lost" });
  machine.rootsGuards = rootsGuards;
  return problemsOf(machine).map((problem) => `after a power cut ${problem}`);
}

/** How the document of a run that was ended by an error understates what happened. */
function unsaid(machine: Machine, outcome: Outcome<InitDocument>): readonly string[] {
  if (outcome.kind === "rejected") return isInjected(outcome.error) ? [] : [`it rejects: ${String(outcome.error)}`];
  if (outcome.kind !== "done") return [];
  const { exitCode, warnings } = outcome.document;
  if (exitCode === 0) return problemsOf(machine).map((problem) => `it says done, but ${problem}`);
  const isRead =
    JSON.stringify([...machine.readUnits].sort()) === JSON.stringify([...unitFilesOn(machine.disk)].sort());
  return isRead || warnings.some((text) => text.includes("systemctl daemon-reload"))
    ? []
    : ["unit files have changed, and nothing says that they have to be read again"];
}

describe.each(Object.entries(HOSTS))("%s that is set up", (_name, hostOf) => {
  let effects: readonly Effect[] = [];

  beforeAll(async () => {
    const machine = hostOf();
    const process = new Process(machine, { records: true });
    expect(await run(machine, process, installing)).toMatchObject({ kind: "done", document: { exitCode: 0 } });
    expect(problemsOf(machine)).toEqual([]);
    expect(problemsAfterPowerCut(machine)).toEqual([]);
    effects = process.effects.done;
  });

  test("does everything through the modelled host", () => {
    const kinds = new Set(effects.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(
      [
        "accountOf",
        "files.give",
        "files.link",
        "files.linkTarget",
        "files.list",
        "files.makeDirectory",
        "files.ownerOf",
        "files.read",
        "files.rename",
        "files.requireOwn",
        "files.sync",
        "files.syncDirectory",
        "files.write",
        "services.armGuard",
        "services.reload",
      ].sort(),
    );
  });

  test("is set up by a second run, whatever ended the first at any effect", { timeout: 300_000 }, async () => {
    const broken: string[] = [];
    let points = 0;
    for (const { fault, effect } of faultsOf(effects)) {
      points += 1;
      const machine = hostOf();
      const problems = new Set<string>();
      const onStage = (): void => {
        const problem = momentProblem(machine);
        if (problem !== null) problems.add(problem);
      };
      const outcome = await run(machine, new Process(machine, { fault, onStage, plant: coded }), installing);
      for (const problem of unsaid(machine, outcome)) problems.add(problem);
      const second = await run(machine, new Process(machine), installing);
      if (second.kind !== "done" || second.document.exitCode !== 0) problems.add(`a second run: ${second.kind}`);
      for (const problem of problemsOf(machine)) problems.add(`after a second run ${problem}`);
      for (const problem of problemsAfterPowerCut(machine)) problems.add(problem);
      const at = `effect ${fault.effect} (${effect.kind}), ${fault.kind} at stage ${fault.stage}`;
      broken.push(...[...problems].map((problem) => `${at}: ${problem}`));
    }
    console.log(`init: ${points} points, ${broken.length} broken invariants`);
    expect(broken).toEqual([]);
    expect(points).toBeGreaterThan(300);
  });
});
