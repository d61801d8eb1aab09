import type { WatchReport } from "@qsc/rollout";
import xterm from "@xterm/headless";
import { describe, expect, test } from "vitest";
import type { Io } from "../src/io.js";
import { watchPrinter } from "../src/watch-printer.js";
import type { WatchPrinter } from "../src/watch-view.js";

const NOW = Date.parse("2026-01-11T12:00:00Z");
const HOUR_MS = 3_600_000;

function report(watch: Partial<WatchReport["watch"]> = {}, rest: Partial<WatchReport> = {}): WatchReport {
  return {
    phase: "canary",
    outage: null,
    strongest: null,
    ...rest,
    watch: {
      cutover: "2026-01-11T09:30:00Z",
      startedAt: "2026-01-11T09:30:00Z",
      cursor: null,
      watchedMs: 2.5 * HOUR_MS,
      durationMs: 6 * HOUR_MS,
      judgements: 300,
      events: 9000,
      lastJudgedAt: "2026-01-11T11:59:58.000Z",
      worst: [],
      ...watch,
    },
  };
}

const worst = (model: string, check: string, margin: number): WatchReport["watch"]["worst"][number] => ({
  model,
  check,
  margin,
  value: 0,
  limit: 1,
  at: "2026-01-11T11:00:00Z",
});

/** A real terminal's idea of what is on it, without empty rows at its end. */
async function onTerminal(show: (printer: WatchPrinter) => void, { cols = 100, rows = 24 } = {}): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true, convertEol: true });
  let written = "";
  const io: Io = {
    out: () => undefined,
    deliver: () => undefined,
    err: (text) => (written += text),
    color: false,
    interactive: true,
    columns: cols,
    outColumns: cols,
    rows,
  };
  show(watchPrinter(io, false, () => NOW));
  await new Promise<void>((resolve) => {
    terminal.write(written, resolve);
  });
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? "");
  terminal.dispose();
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

describe("a watch on a terminal", () => {
  test("shows how far it is, when it ends, what is nearest to a limit, and the evidence", async () => {
    const lines = await onTerminal((printer) => {
      printer.show(
        report(
          { worst: [worst("patchtst", "label_collapse", 0.081), worst("xgb", "latency", 0.5)] },
          { strongest: { model: "patchtst", check: "label_collapse", log10: 1.24, threshold: 3.5 } as never },
        ),
      );
    });
    expect(lines).toEqual([
      "canary  [################........................] 41 %, 2 h 30 min of 6 h",
      "300 judgements of 9000 events, the last at 11:59:58 UTC",
      "3 h 30 min to go, until 2026-01-11T15:30Z at the earliest",
      "distance to the limit, at worst so far",
      "   8 %  patchtst label_collapse",
      "  50 %  xgb latency",
      "strongest evidence 10^1.2 of 10^3.5: patchtst label_collapse",
    ]);
  });

  test("is drawn over itself, also when it becomes shorter, and lines that are said stay above it", async () => {
    const lines = await onTerminal((printer) => {
      printer.say("first");
      printer.show(report({}, { outage: "Redis does not answer" }));
      printer.say("second");
      printer.show(report({ watchedMs: 6 * HOUR_MS, judgements: 700 }, { phase: "eligible" }));
    });
    expect(lines).toEqual([
      "first",
      "second",
      "eligible  [########################################] 100 %, 6 h of 6 h",
      "700 judgements of 9000 events, the last at 11:59:58 UTC",
      "a person decides now: qsc promote, or qsc rollback",
      "no check has enough events yet",
      "no evidence yet",
    ]);
  });

  test("says an outage, and what is printed after its end stands below it", async () => {
    const lines = await onTerminal((printer) => {
      printer.show(report({}, { outage: "Redis does not answer" }));
      printer.end();
      printer.say("rolled back");
      printer.end();
    });
    expect(lines[3]).toBe("NOT READ: Redis does not answer");
    expect(lines.at(-1)).toBe("rolled back");
    expect(lines).toHaveLength(7);
  });

  test.each([
    ["narrow", { cols: 30, rows: 24 }],
    ["low", { cols: 100, rows: 4 }],
  ])("leaves nothing of earlier screens behind on a %s terminal, whatever the names are", async (_, size) => {
    const name = `模型${"m".repeat(200)}`;
    const lines = await onTerminal((printer) => {
      for (let judgements = 1; judgements <= 50; judgements += 1)
        printer.show(report({ judgements, worst: [worst(name, "latency", 0.5)] }));
    }, size);
    expect(lines.filter((line) => line.startsWith("canary"))).toHaveLength(1);
    expect(lines.length).toBeLessThanOrEqual(size.rows);
  });

  test("counts the checks that are further away than the nearest five", async () => {
    const lines = await onTerminal((printer) => {
      printer.show(report({ worst: Array.from({ length: 8 }, (_, at) => worst(`m${at}`, "latency", at / 10)) }));
    });
    expect(lines.filter((line) => line.includes("latency"))).toHaveLength(5);
    expect(lines).toContain("  and 3 more, further away");
  });
});
