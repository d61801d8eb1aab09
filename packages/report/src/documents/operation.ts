import type {
  AuditCheckpoint,
  LoggedRollback,
  OperationDocument,
  OperationStep,
  WatchProgress,
  WeightChange,
  WrittenFile,
} from "@qsc/contract";
import { describeDuration } from "@qsc/contract";
import { toneOf, type Block, type Tone } from "../blocks.js";
import { judged } from "./comparison.js";
import { evidenceTable } from "./evidence-table.js";
import { channelTable } from "./notified-channels.js";
import { canaryTable } from "./past-canaries.js";
import { powerTables } from "./power.js";
import { segmentBlocks } from "./segments.js";
import { checkTable, modelFindings, modelTable, plain, reasons } from "./shared.js";

type Row = readonly [string, string];

/** The report of a command that acts on a unit, or shows its state. */
export function operationBlocks(document: OperationDocument): readonly Block[] {
  return [
    {
      kind: "headline",
      tone: toneOf(document.verdict),
      word: document.verdict.toUpperCase(),
      text: `${document.kind} (exit ${document.exitCode})`,
    },
    { kind: "facts", rows: factsOf(document) },
    ...reasons(document),
    ...sentences("Warnings", document.warnings, "unknown"),
    ...ownBlocks(document),
    ...stepTable(document.steps),
    {
      kind: "facts",
      rows: [
        ["at", `${document.judgedAt} on ${document.host} by qsc ${document.toolVersion}`],
        ["digest", document.digest],
      ],
    },
  ];
}

function factsOf(document: OperationDocument): readonly Row[] {
  const rows: (Row | null)[] = [
    ["unit", document.unit],
    ["services", document.services],
    document.source === null ? null : ["source", document.source],
    document.stream === null ? null : ["stream", document.stream],
    ...ownFacts(document),
  ];
  return rows.filter((row) => row !== null);
}

function ownFacts(document: OperationDocument): readonly (Row | null)[] {
  switch (document.kind) {
    case "preflight":
      return [];
    case "deploy":
      return [["commit", document.commit], known("before", document.former), known("cutover", document.cutover)];
    case "cutover":
      return [known("cutover", document.cutover)];
    case "activate":
      return [["model", judged(document)], known("cutover", document.cutover), ["undo with", document.rollbackCommand]];
    case "promote":
      return [
        known("model", document.model),
        ["to", percent(document.to)],
        known("cutover", document.cutover),
        ["undo with", document.rollbackCommand],
      ];
    case "rollback":
      return [["because", document.reason], known("cutover", document.cutover)];
    case "monitor":
      return [
        known("model", document.model),
        document.share === null ? null : ["share of the vote", percent(document.share)],
        ["outcome", document.outcome.replace("_", " ")],
        ["rule", document.rule],
        ...watchFacts(document.watch),
        ["policy", `${document.policySource} ${document.policyHash.slice(0, 12)}`],
      ];
    case "status":
      return [
        ["phase", `${document.phase.replace("_", " ")}${document.since === null ? "" : ` since ${document.since}`}`],
        known("model", document.model),
        document.share === null ? null : ["share of the vote", percent(document.share)],
        ...watchFacts(document.watch),
        document.endsAt === null ? null : ["ends", `${document.endsAt}, at the earliest`],
        document.lastRollback === null ? null : ["last rollback", rollbackText(document.lastRollback)],
        document.lastAudit === null
          ? null
          : [
              "last entry of the log",
              `${document.lastAudit.event} at ${document.lastAudit.at} by ${document.lastAudit.user}`,
            ],
      ];
    case "audit":
      return [
        ["log", document.path],
        ["entries", String(document.entries)],
        ...checkpointFacts(document.checkpoint ?? null),
      ];
    case "history":
      return [["log", document.path]];
    case "init":
      return [];
    case "notify":
      return [["action", document.action]];
  }
}

function checkpointFacts(checkpoint: AuditCheckpoint | null): readonly Row[] {
  if (checkpoint === null) return [];
  const { path, number, at, keyId } = checkpoint;
  return [["checkpoint", `${path}: entry ${number}, signed at ${at} by the key ${keyId}`]];
}

function ownBlocks(document: OperationDocument): readonly Block[] {
  switch (document.kind) {
    case "activate":
      return [
        ...weightTable(document.weights),
        ...fileBlock("Drop-in", document.dropIn),
        ...powerTables(document.gate?.power ?? []),
      ];
    case "promote":
      return [...weightTable(document.weights), ...fileBlock("Drop-in", document.dropIn)];
    case "rollback":
      return weightTable(document.weights);
    case "status":
      return [...weightTable({ before: null, after: document.weights }), ...marginTable(document.watch)];
    case "init":
      return document.files
        .flatMap((file) => fileBlock("File", file))
        .map((block) => ({ ...block, part: "files" as const }));
    case "monitor":
      return [
        ...sentences("Violations", document.violations, "bad"),
        ...marginTable(document.watch),
        ...evidenceTable(document.evidence),
        ...powerTables(document.power === null || document.power === undefined ? [] : [document.power]),
        ...modelTable("Models", document.models),
        ...modelFindings(document.models),
        ...segmentBlocks(document.models),
        ...(document.integrity.length === 0 ? [] : [checkTable("Telemetry", document.integrity)]),
        ...stepTable(document.rollback?.steps ?? [], "Rollback"),
      ];
    case "history":
      return canaryTable(document.canaries);
    case "notify":
      return channelTable(document.channels);
    case "preflight":
    case "deploy":
    case "cutover":
    case "audit":
      return [];
  }
}

function rollbackText({ at, user, host, reason, proven }: LoggedRollback): string {
  return `at ${at} by ${user} on ${host}, ${proven ? "proven" : "not proven"}: ${reason}`;
}

function watchFacts(watch: WatchProgress | null): readonly Row[] {
  if (watch === null) return [];
  return [
    ["cutover", watch.cutover],
    ["watched", `${describeDuration(watch.watchedMs)} of ${describeDuration(watch.durationMs)}`],
    ["judged", `${watch.judgements} times over ${watch.events} events, last at ${watch.lastJudgedAt ?? "never"}`],
  ];
}

function marginTable(watch: WatchProgress | null): readonly Block[] {
  if (watch === null || watch.worst.length === 0) return [];
  const rows = watch.worst.map(({ model, check, value, limit, margin, at }) => [
    plain(model ?? "telemetry"),
    plain(check),
    ...(margin === 0 ? [value.toPrecision(4), limit.toPrecision(4)] : apart(value, limit)).map(plain),
    { text: percent(margin), tone: margin < 0 ? ("bad" as const) : ("plain" as const) },
    plain(at),
  ]);
  return [
    { kind: "table", title: "Nearest to its limit", head: ["model", "check", "worst", "limit", "margin", "at"], rows },
  ];
}

/** Two numbers with four digits each, or with as many as it takes to tell them apart. */
function apart(value: number, limit: number): readonly [string, string] {
  for (let digits = 4; digits < 17; digits += 1) {
    const told = [value.toPrecision(digits), limit.toPrecision(digits)] as const;
    if (told[0] !== told[1]) return told;
  }
  return [String(value), String(limit)];
}

function weightTable({ before, after }: WeightChange): readonly Block[] {
  const models = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  if (models.length === 0) return [];
  const rows = models.map((model) => [plain(model), plain(weight(before?.[model])), plain(weight(after?.[model]))]);
  return [{ kind: "table", title: "Weights", head: ["model", "before", "after"], rows }];
}

function fileBlock(title: string, file: WrittenFile | null): readonly Block[] {
  if (file === null) return [];
  const items = file.text
    .trimEnd()
    .split("\n")
    .map((text) => ({ tone: "plain" as const, label: "", text }));
  return [{ kind: "findings", title: `${title} ${file.path}`, items }];
}

function stepTable(steps: readonly OperationStep[], title = "Steps"): readonly Block[] {
  if (steps.length === 0) return [];
  const tones: Readonly<Record<OperationStep["outcome"], Tone>> = {
    done: "good",
    planned: "plain",
    failed: "bad",
    undone: "unknown",
    skipped: "plain",
  };
  const rows = steps.map(({ name, outcome, detail }) => [
    plain(name),
    { text: outcome, tone: tones[outcome] },
    plain(detail),
  ]);
  return [{ kind: "table", title, head: ["step", "outcome", "detail"], rows, part: "steps", folds: "done" }];
}

function sentences(title: string, texts: readonly string[], tone: Tone): readonly Block[] {
  if (texts.length === 0) return [];
  return [{ kind: "findings", title, items: texts.map((text) => ({ tone, label: "", text })), leads: true }];
}

function known(name: string, value: string | null): Row | null {
  return value === null ? null : [name, value];
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

function weight(value: number | undefined): string {
  return value === undefined ? "-" : String(Math.round(value * 1e6) / 1e6);
}
