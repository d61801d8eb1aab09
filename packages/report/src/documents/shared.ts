import type {
  CheckResult,
  Counted,
  EarlierEntries,
  EvidenceHead,
  ModelVerdict,
  QscDocument,
  RejectedKind,
} from "@qsc/contract";
import { toneOf, type Block, type Cell, type Finding, type Tone } from "../blocks.js";
import { fixed, percent } from "../format.js";

type Row = readonly [string, string];

/** The first line: the answer, its subject, and the exit code. */
export function headline(title: string, document: Pick<EvidenceHead, "verdict" | "exitCode">): Block {
  return {
    kind: "headline",
    tone: toneOf(document.verdict),
    word: document.verdict.toUpperCase(),
    text: `${title} (exit ${document.exitCode})`,
  };
}

/** What the verdict is based on: where, when, how much, under which policy. */
export function evidence(document: EvidenceHead, further: readonly Row[] = []): Block {
  const { counts, earlier = null } = document;
  const origin = { clock: "now", option: "as asked for by --as-of", "last event": "its last event" };
  const rows: (Row | null)[] = [
    ["source", document.source],
    document.stream === null ? null : ["stream", document.stream],
    document.unit === null ? null : ["unit", document.unit],
    ...further,
    ["after", document.after ?? "the first event there is"],
    ["as of", `${document.asOf} (${origin[document.asOfFrom]})`],
    document.count === null ? null : ["count", `the newest ${document.count}`],
    ["range", `${document.firstId ?? "-"} .. ${document.lastId ?? "-"}`],
    earlier === null ? null : ["earlier", describeEarlier(earlier)],
    [
      "events",
      `${counts.read} read, ${counts.rejected} rejected, ${counts.duplicates} duplicate, ${counts.judged} judged`,
    ],
    document.builds.length === 0 ? null : ["build", document.builds.join(", ")],
    ["policy", `${document.policySource} ${document.policyHash.slice(0, 12)}`],
  ];
  return { kind: "facts", rows: rows.filter((row) => row !== null) };
}

/** How far back a repeated decision is recognised. */
function describeEarlier({ entries, firstId, missing }: EarlierEntries): string {
  const known =
    firstId === null
      ? "none"
      : `${entries} read, since ${firstId}; a decision from before that would not be recognised`;
  return missing.length === 0 ? known : `${known}; incomplete: ${missing.join(" ")}`;
}

/**
 * Why, worst first, each reason behind its code, which the runbook is read by; nothing for a pass. The id of a check is
 * the first word of its reason, and not said twice. A document of an earlier version has no codes.
 */
export function reasons({
  reasons: all,
  codes = [],
  verdict,
}: Pick<QscDocument, "reasons" | "codes" | "verdict">): readonly Block[] {
  if (all.length === 0) return [];
  const tone = toneOf(verdict);
  const items = all.map((text, index) => {
    const code = codes[index] ?? "";
    return { tone, label: text.startsWith(`${code}: `) ? "" : code, text };
  });
  return [{ kind: "findings", title: "Why", items, leads: true }];
}

/** What to do about it. A document of an earlier version has none. */
export function nextSteps({ next = [] }: Pick<EvidenceHead, "next">): readonly Block[] {
  if (next.length === 0) return [];
  const items = next.map((text) => ({ tone: "plain" as const, label: "", text }));
  return [{ kind: "findings", title: "Next", items, leads: true }];
}

/** One row per model with its statistics; `wordOf` gives the word for its verdict. */
export function modelTable(
  title: string,
  models: readonly ModelVerdict[],
  wordOf: (model: ModelVerdict) => string = ({ verdict }) => verdict.toUpperCase(),
): readonly Block[] {
  const labels = Object.keys(models[0]?.stats.shares ?? {});
  const head = ["model", "verdict", "n", "non-pred.", ...labels, "mean", "std", "P10", "P90", "P95 ms"];
  const rows = models.map((model) => {
    const { stats } = model;
    const word = wordOf(model);
    const tone = toneOf(model.verdict === "pass" && word === "WAIT" ? "WAIT" : model.verdict);
    const shares = labels.map((label) => plain(percent(stats.shares[label] ?? null)));
    const numbers = [stats.mean, stats.std, stats.p10, stats.p90].map((value) => plain(fixed(value)));
    return [
      plain(model.model),
      { text: word, tone },
      plain(String(stats.n)),
      plain(String(stats.nonPredictions)),
      ...shares,
      ...numbers,
      plain(fixed(stats.latencyP95Ms, 1)),
    ];
  });
  return models.length === 0 ? [] : [{ kind: "table", title, head, rows }];
}

/** The part of a title that names the model that was judged as a shadow. */
export function asShadow({ shadow }: { readonly shadow?: string }): string {
  return shadow === undefined ? "" : `, ${shadow} as a shadow`;
}

/** Every check that did not pass, model by model. */
export function modelFindings(models: readonly ModelVerdict[]): readonly Block[] {
  return models.flatMap(({ model, checks, nonPredictionReasons }) => {
    const items = [...openChecks(checks), ...unmeasured(checks), ...nonPredictionReasons.map(counted)];
    return items.length === 0 ? [] : [{ kind: "findings" as const, title: model, items }];
  });
}

/** The checks of the telemetry itself, those that did not pass first. */
export function checkTable(title: string, checks: readonly CheckResult[]): Block {
  const order = { violation: 0, unknown: 1, pass: 2 };
  const rows = [...checks]
    .sort((a, b) => order[a.status] - order[b.status])
    .map((check) => [plain(check.id), { text: statusWord(check), tone: toneOfCheck(check) }, plain(check.reason)]);
  return { kind: "table", title, head: ["check", "status", "found"], rows, folds: "pass" };
}

/** Rejected entries by reason, with where to look. */
export function rejectedBlocks(rejected: readonly RejectedKind[]): readonly Block[] {
  if (rejected.length === 0) return [];
  const items = rejected.map(({ reason, count, samples, detail }) => ({
    tone: "bad" as const,
    label: `${count} x ${reason}`,
    text: samples.length === 0 ? detail : `${detail}; see ${samples.join(", ")}`,
  }));
  return [{ kind: "findings", title: "Rejected entries", items }];
}

/** The last line of a report: the document's digest. */
export function seal(document: EvidenceHead & { readonly digest: string }): Block {
  return {
    kind: "facts",
    rows: [
      ["judged at", `${document.judgedAt} on ${document.host} by qsc ${document.toolVersion}`],
      ["digest", document.digest],
    ],
  };
}

export function plain(text: string): Cell {
  return { text };
}

function openChecks(checks: readonly CheckResult[]): Finding[] {
  return checks
    .filter(({ status, n }) => status === "violation" || (status === "unknown" && n > 0))
    .map((check) => ({ tone: toneOfCheck(check), label: `${statusWord(check)} ${check.id}`, text: check.reason }));
}

/** The checks that had nothing to measure, in one line. */
function unmeasured(checks: readonly CheckResult[]): Finding[] {
  const open = checks.filter(({ status, n }) => status === "unknown" && n === 0);
  if (open.length === 0) return [];
  const waived = open.every((check) => check.waived);
  const text = `${open.map(({ id }) => id).join(", ")}: there is nothing to measure`;
  return [{ tone: waived ? "plain" : "unknown", label: waived ? "unknown (not required)" : "unknown", text }];
}

function counted({ what, count, sample }: Counted): Finding {
  return { tone: "plain", label: `${count} x`, text: `${what}${sample === null ? "" : `, first ${sample}`}` };
}

function statusWord({ status, waived }: CheckResult): string {
  return waived ? "unknown (not required)" : status;
}

function toneOfCheck({ status, waived }: CheckResult): Tone {
  return waived ? "plain" : toneOf(status);
}
