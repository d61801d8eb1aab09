import type { AuditRow, PastCanaryView, PastView, ReportLink, SegmentRowView, SegmentsView } from "../view/types.js";
import { byId, cell, headOf, make, region, say } from "./dom.js";

/** Rows of a list that are shown at first, and with each press of its button. */
const ROWS = 50;

type Rows = readonly (() => HTMLElement)[];

/** A list of which the first rows are shown, and more on demand; a problem is why it may lack some. */
function listIn(
  id: string,
  label: string,
  { columns, first }: { readonly columns: readonly string[]; readonly first: string },
): (rows: Rows, problem: string | null) => void {
  const body = make("tbody");
  const trouble = make("p", { class: "notice bad", role: "status" });
  const count = make("p", { class: "note" });
  const more = make("button", { type: "button" }, `Show ${ROWS} more`);
  byId(id).append(
    trouble,
    count,
    region(label, make("table", {}, headOf(columns.map((title) => ({ title }))), body)),
    more,
  );
  let all: Rows = [];
  let shown = ROWS;
  const draw = (): void => {
    body.replaceChildren(...all.slice(0, shown).map((row) => row()));
    more.hidden = shown >= all.length;
    const none = trouble.hidden ? "None yet." : "";
    say(count, all.length === 0 ? none : `The ${first} ${Math.min(shown, all.length)} of ${all.length}.`);
  };
  more.addEventListener("click", () => {
    shown += ROWS;
    draw();
  });
  return (rows, problem) => {
    all = rows;
    trouble.hidden = problem === null;
    say(trouble, problem ?? "");
    draw();
  };
}

function links({ of, names }: ReportLink, withName: boolean): HTMLElement {
  const items = names.flatMap((name, index) => {
    const form = name.slice(name.lastIndexOf(".") + 1);
    const link = make("a", { href: `/reports/${name}`, "aria-label": `${of} report, ${name}` }, form);
    return index === 0 ? [link] : [" ", link];
  });
  return make("span", {}, withName ? `${of}: ` : "", ...items);
}

function canaryRow(canary: PastCanaryView): HTMLElement {
  const { activatedAt, model, by, share, watched, outcome, tone, at, reason, reports } = canary;
  const list = make("ul", {}, ...reports.map((report) => make("li", {}, links(report, true))));
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, activatedAt),
    ...[cell(model), cell(by), cell(share), cell(watched), cell(outcome, tone), cell(at), cell(reason), cell(list)],
  );
}

function reportRow(report: ReportLink): HTMLElement {
  return make("tr", {}, make("th", { scope: "row" }, report.at), cell(report.of), cell(links(report, false)));
}

function auditRow({ number, at, event, by, details }: AuditRow): HTMLElement {
  return make("tr", {}, make("th", { scope: "row" }, String(number)), cell(at), cell(event), cell(by), cell(details));
}

function segmentRow({ model, symbol, status, tone, ...rest }: SegmentRowView): HTMLElement {
  const { decisions, shares, unchanged, evidence, proven } = rest;
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, symbol),
    ...[cell(model), cell(status, tone), cell(decisions), cell(shares), cell(unchanged), cell(evidence), cell(proven)],
  );
}

const segmentLines = make("div");
byId("segments").append(segmentLines);
const showSegmentRows = listIn("segments", "Symbols", {
  columns: ["symbol", "model", "status", "answered", "labels", "unchanged", "part of what is conclusive", "proven"],
  first: "worst",
});

/** Shows how the watched models answer for each symbol. */
export function showSegments({ problem, decides, lines, rows }: SegmentsView): void {
  const use = decides
    ? "A model that is dead for a symbol ends the watch."
    : "For information alone: no symbol ends the watch.";
  segmentLines.replaceChildren(
    ...(lines.length === 0 ? [] : [make("p", { class: "note" }, use)]),
    ...lines.map(({ tone, text }) => make("p", { class: `notice ${tone}` }, text)),
  );
  showSegmentRows(
    rows.map((each) => () => segmentRow(each)),
    problem,
  );
}

const showCanaries = listIn("canaries", "Past canaries", {
  columns: ["activated", "model", "by", "share", "watched", "outcome", "when", "why", "reports"],
  first: "newest",
});
const showReports = listIn("reports", "Reports", { columns: ["made", "of", "as"], first: "newest" });
const showAudit = listIn("audit", "Audit trail", {
  columns: ["entry", "when", "event", "by", "details"],
  first: "newest",
});

/** Shows past canaries, reports and the audit trail. */
export function showPast({ canaries, reports, audit, problems }: PastView): void {
  showCanaries(
    canaries.map((each) => () => canaryRow(each)),
    problems.audit ?? problems.reports,
  );
  showReports(
    reports.map((each) => () => reportRow(each)),
    problems.reports,
  );
  showAudit(
    audit.map((each) => () => auditRow(each)),
    problems.audit,
  );
}
