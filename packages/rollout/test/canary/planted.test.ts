import { describe, expect, test } from "vitest";
import type { Files } from "../../src/host/files.js";
import type { OperationContext } from "../../src/operation/context.js";
import { decision } from "./model/engine.js";
import { enumerate, type Options } from "./model/enumerate.js";
import type { Machine } from "./model/machine.js";
import { PATHS, type Plant } from "./model/process.js";
import { ACTIVATE, PROMOTE, ROLLBACK, WATCH_TO_ELIGIBLE, type Scenario } from "./model/scenarios.js";

const POWER: NonNullable<Options["faults"]> = ({ kind }) => kind === "power";

/** The context with other files. */
const withFiles =
  (change: (files: Files) => Partial<Files>): Plant =>
  (context) => ({ ...context, files: { ...context.files, ...change(context.files) } });
/** Leaves out the syncs of one file. */
const unsynced = (isMeant: (path: string) => boolean): Plant =>
  withFiles((files) => ({ sync: (path) => (isMeant(path) ? Promise.resolve() : files.sync(path)) }));
/** Leaves out the syncs of one directory. */
const nameless = (part: string): Plant =>
  withFiles((files) => ({
    syncDirectory: (path) => (path.includes(part) ? Promise.resolve() : files.syncDirectory(path)),
  }));

/** The dead-man is armed after the drop-in is there. */
const armedLate: Plant = (context) => {
  let late: (() => Promise<void>) | null = null;
  const { services } = context;
  return {
    ...context,
    services: {
      ...services,
      armGuard: (guard) => {
        late = () => services.armGuard(guard);
        return Promise.resolve();
      },
      writeDropIn: async (...given) => {
        await services.writeDropIn(...given);
        await late?.();
      },
    },
  };
};

/** The telemetry is replaced by the unit's state: it proves nothing about what the engine serves. */
const provenByUnit: Plant = (context, machine) => ({
  ...context,
  openSource: async () => {
    const source = await context.openSource();
    return {
      ...source,
      label: source.label,
      live: true,
      ordering: "by-id",
      stream: null,
      pages: source.pages.bind(source),
      state: source.state.bind(source),
      gaps: () => [],
      close: source.close.bind(source),
      [Symbol.asyncDispose]: () => source.close(),
      follow: async function* () {
        yield [await asUnitSays(context, machine)];
      },
    };
  },
});

async function asUnitSays(
  { services, unit }: OperationContext,
  machine: Machine,
): Promise<ReturnType<typeof decision>> {
  const { environment, invocationId } = await services.state(unit);
  const model = environment.get("QSC_CANARY_MODEL");
  const weights = JSON.parse(
    environment.get("QSC_CANARY_WEIGHTS") ?? '{"xgb":0.5,"lightgbm":0.3,"patchtst":0.2}',
  ) as Record<string, number>;
  return decision(
    {
      boot: invocationId ?? "",
      weights,
      canary: model === undefined ? null : { model, weight: Number(environment.get("QSC_CANARY_WEIGHT")) },
    },
    0,
    machine.nowMs,
  );
}

/** An engine that does not read its environment: it is active, but serves what it always served. */
const deaf = (scenario: Scenario): Scenario => ({
  ...scenario,
  start: async () => {
    const machine = await scenario.start();
    machine.engineFaults.add("ignores its environment");
    return machine;
  },
});

/** A lease that ends an hour later. */
function hourLater(lease: string): string {
  const [boot = "", until = ""] = lease.split(" ");
  return `${`${boot} ${Number(until) + 3600}`.padEnd(lease.length - 1)}\n`;
}

describe("a planted fault is found", () => {
  test.each<[string, Scenario, Plant, Options["faults"]]>([
    ["the state's file is not synced", ACTIVATE, unsynced((path) => path.startsWith(PATHS.state)), POWER],
    ["the saved baseline is not synced", ACTIVATE, unsynced((path) => path.startsWith(PATHS.baseline)), POWER],
    ["the dead-man's settings are not synced", ACTIVATE, unsynced((path) => path.startsWith(PATHS.settings)), POWER],
    ["the audit log is not synced", ACTIVATE, unsynced((path) => path === PATHS.audit), POWER],
    ["the audit log of a watch is not synced", WATCH_TO_ELIGIBLE, unsynced((path) => path === PATHS.audit), POWER],
    ["the state's directory is not synced", ACTIVATE, nameless("data"), POWER],
    ["the audit log's directory is not synced", ACTIVATE, nameless("logs"), POWER],
    [
      "the drop-in stays",
      ROLLBACK,
      (context) => ({ ...context, services: { ...context.services, removeDropIn: () => Promise.resolve() } }),
      undefined,
    ],
    [
      "the drop-in of a failed activation stays",
      ACTIVATE,
      (context) => ({ ...context, services: { ...context.services, removeDropIn: () => Promise.resolve() } }),
      undefined,
    ],
    [
      "nothing is restarted",
      ROLLBACK,
      (context) => ({
        ...context,
        services: {
          ...context.services,
          stop: (unit) => context.services.state(unit),
          start: (unit) => context.services.state(unit),
        },
      }),
      undefined,
    ],
    [
      "the lease stays",
      ROLLBACK,
      withFiles((files) => ({ remove: (path) => (path === PATHS.lease ? Promise.resolve() : files.remove(path)) })),
      undefined,
    ],
    [
      "the dead-man stays",
      ROLLBACK,
      (context) => ({ ...context, services: { ...context.services, disarmGuard: () => Promise.resolve() } }),
      undefined,
    ],
    ["the dead-man is armed after the drop-in", ACTIVATE, armedLate, undefined],
    [
      "a promotion is given an hour",
      PROMOTE,
      withFiles((files) => ({
        overwrite: (path, text) => files.overwrite(path, path === PATHS.lease ? hourLater(text) : text),
      })),
      undefined,
    ],
    ["the unit's state is the proof of an activation", deaf(ACTIVATE), provenByUnit, undefined],
  ])("%s", async (_, scenario, plant, faults) => {
    const { broken } = await enumerate(scenario, { plant, untilBroken: true, ...(faults !== undefined && { faults }) });
    expect(broken).not.toEqual([]);
  });

  test("without a planted fault, nothing is found for an engine that does not read its environment", async () => {
    const { points, broken } = await enumerate(deaf(ACTIVATE), { faults: ({ kind }) => kind === "kill" });
    expect([points > 0, broken]).toEqual([true, []]);
  });
});
