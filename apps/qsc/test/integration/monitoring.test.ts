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

interface Panel {
  readonly id: number;
  readonly datasource: object;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly datasource: object; readonly legendFormat: string }[];
}

async function panelsOf(): Promise<readonly Panel[]> {
  const text = await readFile(join(HERE, "monitoring/dashboard.json"), "utf8");
  return (JSON.parse(text) as { readonly panels: readonly Panel[] }).panels;
}

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

  test("each panel of the dashboard has a number and a place of its own, and asks its data source", async () => {
    const panels = await panelsOf();
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const places = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(places).size, "no two overlap").toBe(places.length);
    for (const { gridPos, targets, datasource } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      expect(targets.length).toBeGreaterThan(0);
      for (const each of [datasource, ...targets.map((target) => target.datasource)])
        expect(each).toEqual({ type: "prometheus", uid: "${datasource}" });
    }
  });

  test("a legend of the dashboard and a text of an alert name only labels that a metric has", async () => {
    const legends = (await panelsOf()).flatMap(({ targets }) => targets.map(({ legendFormat }) => legendFormat));
    const used = [...legends.join(" ").matchAll(/\{\{ *(\w+) *\}\}/g)].map(([, label]) => label);
    const told = [...(await readFile(ALERTS, "utf8")).matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
    expect(used.length).toBeGreaterThan(5);
    expect(told.length).toBeGreaterThan(5);
    const page = await readFile(join(repositoryRoot, "docs/see-and-be-told.md"), "utf8");
    const documented = [...page.matchAll(/`qsc_[a-z_]+\{([a-z,]+)\}/g)].flatMap(([, labels = ""]) => labels.split(","));
    expect([...used, ...told].filter((label) => !["instance", ...documented].includes(label ?? ""))).toEqual([]);
  });

  test("the page about them names every metric and no other, and no alert that does not exist", async () => {
    const page = await readFile(join(repositoryRoot, "docs/see-and-be-told.md"), "utf8");
    const named = new Set(page.match(/\bqsc_[a-z_]+/g));
    expect([...named].sort()).toEqual(FAMILIES.map(({ name }) => name).sort());
    const alerts = [...(await readFile(ALERTS, "utf8")).matchAll(/alert: (\w+)/g)].map(([, name]) => name);
    const told = page.match(/\bQsc[A-Z]\w+/g) ?? [];
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter((name) => !alerts.includes(name))).toEqual([]);
  });

  test("every alert is tested to fire and to be silent", async () => {
    const alerts = [...(await readFile(ALERTS, "utf8")).matchAll(/alert: (\w+)/g)].map(([, name]) => name);
    const tests = await readFile(TESTS, "utf8");
    for (const name of alerts) {
      expect(tests, name).toMatch(new RegExp(`alertname: ${name}\\n`));
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
