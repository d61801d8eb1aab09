import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { familiesOf } from "@qsc/report/metrics";
import { describeRequiring, repositoryRoot, requireCommands } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";

const HERE = join(repositoryRoot, "apps/qsc");
const ALERTS = join(HERE, "monitoring/alerts.yaml");
const TESTS = join(HERE, "test/monitoring/alerts.test.yaml");

/** What a family of a type is asked for by. */
const SUFFIXES = { counter: [""], gauge: [""], histogram: ["_bucket", "_sum", "_count"] };
const FAMILIES = familiesOf({
  toolVersion: "1",
  unit: "u",
  state: "absent",
  log: null,
  deadManArmed: null,
  telemetry: null,
  notifications: null,
});
const SERIES = FAMILIES.flatMap(({ name, type }) => SUFFIXES[type].map((suffix) => `${name}${suffix}`));

async function namesIn(path: string): Promise<ReadonlySet<string>> {
  return new Set((await readFile(path, "utf8")).match(/\bqsc_[a-z_]+/g));
}

describe("alert rules and dashboard", () => {
  test.each([["alerts.yaml"], ["dashboard.json"]])("%s asks for no metric that does not exist", async (name) => {
    const asked = await namesIn(join(HERE, "monitoring", name));
    expect(asked.size).toBeGreaterThan(5);
    expect([...asked].filter((each) => !SERIES.includes(each))).toEqual([]);
  });

  test("the dashboard shows every metric", async () => {
    const asked = await namesIn(join(HERE, "monitoring/dashboard.json"));
    // The start of a watch is for the alert on one that was never judged; the others are shown in another form.
    const others = [
      "qsc_canary_watch_start_timestamp_seconds",
      "qsc_canary_live",
      "qsc_canary_judgements_total",
      "qsc_last_rollback_timestamp_seconds",
      "qsc_telemetry_models_omitted",
    ];
    const missing = FAMILIES.filter(({ name }) => ![...asked].some((each) => each.startsWith(name)));
    expect(missing.map(({ name }) => name).sort()).toEqual(others.sort());
  });

  test("each panel has a place of its own, and a question", async () => {
    const { panels } = JSON.parse(await readFile(join(HERE, "monitoring/dashboard.json"), "utf8")) as {
      readonly panels: readonly {
        readonly id: number;
        readonly gridPos: object;
        readonly targets: readonly object[];
      }[];
    };
    expect(new Set(panels.map(({ gridPos }) => JSON.stringify(gridPos))).size).toBe(panels.length);
    expect(panels.every(({ targets }) => targets.length > 0)).toBe(true);
  });

  test("every alert is tested to fire and to be silent", async () => {
    const alerts = [...(await readFile(ALERTS, "utf8")).matchAll(/alert: (\w+)/g)].map(([, name]) => name);
    const tests = await readFile(TESTS, "utf8");
    for (const name of alerts) {
      expect(tests, name).toMatch(new RegExp(`alertname: ${name}\\n`));
      if (!["QscCanaryUnknown", "QscDeadManUnknown"].includes(name ?? ""))
        expect(tests, name).toMatch(new RegExp(`alertname: ${name}, exp_alerts: \\[\\]`));
    }
  });
});

describeRequiring(requireCommands("promtool"), "promtool", (promtool) => {
  const run = promisify(execFile);

  test("takes the alert rules, and they fire when they should", async () => {
    await run(promtool, ["check", "rules", ALERTS]);
    const { stdout } = await run(promtool, ["test", "rules", TESTS]);
    expect(stdout).toContain("SUCCESS");
  });
});
