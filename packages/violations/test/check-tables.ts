import { describeDuration } from "@qsc/contract";
import type { SharedCheck } from "../src/checks/definition.js";
import { ENSEMBLE_ROWS } from "../src/checks/ensemble/rows.js";
import { FEATURE_ROWS } from "../src/checks/features/rows.js";
import { CAUSES, type Cause } from "../src/checks/model/causes.js";
import { CHECKS, type Check, type Condition } from "../src/checks/model/eight.js";
import { MEASURES } from "../src/checks/model/measures.js";
import { MODEL_ROWS } from "../src/checks/model/rows.js";
import { TELEMETRY_ROWS } from "../src/checks/telemetry/rows.js";
import { DEFAULT_POLICY, LIMIT_RULES, say } from "../src/index.js";
import { isLimitKey, LIMIT_ALIASES, type LimitRule } from "../src/policy/limits.js";

/** The tables of the pages that describe the checks, by the names in their markers. */
export const TABLES: Readonly<Record<string, () => string>> = {
  eight: () =>
    table(
      ["#", "id", "violated when"],
      CHECKS.map((check) => [String(check.number), code(check.id), whenViolated(check)]),
    ),
  "eight-watched": () =>
    table(
      ["check", "violated when"],
      CHECKS.map((check) => [code(check.id), whenViolated(check)]),
    ),
  model: () =>
    table(
      ["id", "violated when"],
      MODEL_ROWS.map(({ id, meaning }) => [code(id), filled(meaning)]),
    ),
  telemetry: () => meanings(TELEMETRY_ROWS),
  features: () => meanings(FEATURE_ROWS),
  ensemble: () => meanings(ENSEMBLE_ROWS),
  limits: () =>
    table(
      ["limit", "built in", "may be"],
      Object.entries(LIMIT_RULES).map(([key, rule]) => [limitName(key), written(rule), stricterSide(rule)]),
    ),
  "causes-model": () =>
    table(
      ["check", "likely cause", "what to do"],
      [...CHECKS, ...MODEL_ROWS].map(({ id, causes }) => [code(id), ...advice(causes)]),
    ),
  "causes-telemetry": () => causesOf(TELEMETRY_ROWS),
  "causes-features": () => causesOf(FEATURE_ROWS),
};

/** A page with its tables made from the rows of the checks. */
export function withTables(page: string): string {
  return page.replace(
    /(<!-- checks:([\w-]+) -->\n)[^]*?(<!-- \/checks -->)/g,
    (_, start: string, name: string, end: string) => {
      const made = TABLES[name];
      if (made === undefined) throw new TypeError(`no table is called ${name}`);
      return `${start}\n${made()}\n${end}`;
    },
  );
}

function meanings(rows: readonly SharedCheck[]): string {
  return table(
    ["id", "violated when"],
    rows.map(({ id, meaning, warns }) => [code(id), `${filled(meaning)}${warns === true ? " (a warning)" : ""}`]),
  );
}

function causesOf(rows: readonly SharedCheck[]): string {
  return table(
    ["check", "likely cause", "what to do"],
    rows.map(({ id, cause, nextStep }) => [code(id), cause, nextStep]),
  );
}

/** What diagnosis says if it only knows that the check is violated. */
function advice(names: readonly string[]): readonly string[] {
  const all: readonly Cause[] = CAUSES;
  const plain = all.find(({ name, when }) => names.includes(name) && when === undefined);
  return [plain?.cause ?? "", plain?.nextStep ?? ""];
}

function whenViolated({ anyOf }: Check): string {
  return anyOf.map(brief).join(", or ");
}

function brief({ measure, violatedWhen, limit }: Condition): string {
  const { brief: words, unit } = MEASURES[measure];
  return words.replace("{bound}", `${violatedWhen === "below" ? "<" : ">"} ${say(limit, unit)}`);
}

/** A sentence with its limits filled in. */
function filled(meaning: string): string {
  return meaning.replace(/\{([\w.]+)\}/g, (_, key: string) => {
    if (key === "minEvents.collection") return String(DEFAULT_POLICY.minEvents.collection);
    if (key === "minEvents.canary") return String(DEFAULT_POLICY.minEvents.canary);
    if (!isLimitKey(key)) throw new TypeError(`no limit is called ${key}`);
    return worded(LIMIT_RULES[key]);
  });
}

function worded({ value, unit }: LimitRule): string {
  if (unit === "ms") return describeDuration(value);
  return unit === "share" ? say(value, "percent") : String(value);
}

/** As written in a policy file. */
function written({ value, unit }: LimitRule): string {
  return unit === "ms" ? describeDuration(value) : String(value);
}

function limitName(key: string): string {
  const alias = LIMIT_ALIASES.find(([, named]) => named === key)?.[0];
  return alias === undefined ? code(key) : `${code(key)}, or ${code(alias)} at the top of the file`;
}

function stricterSide({ violatedWhen }: LimitRule): string {
  return violatedWhen === "below" ? "higher" : "lower";
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return [line(head), `|${head.map(() => "---|").join("")}\n`, ...rows.map(line)].join("");
}
