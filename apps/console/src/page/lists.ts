import type { AuditRow, PastCanaryView, PastView, ReportLink } from "../view/types.js";
import { byId, cell, headOf, make, region, say } from "./dom.js";

/** Rows of a list that are shown at first, and with each press of its button. */
const ROWS = 50;

/** A list of which the newest rows are shown, and more on demand. */
function listIn(id: string, label: string, columns: readonly string[]): (rows: readonly (() => HTMLElement)[]) => void {
  const body = make("tbody");
  const count = make("p", { class: "note" });
  const more = make("button", { type: "button" }, `Show ${ROWS} more`);
  byId(id).append(count, region(label, make("table", {}, headOf(columns.map((title) => ({ title }))), body)), more);
  let all: readonly (() => HTMLElement)[] = [];
  let shown = ROWS;
  const draw = (): void => {
    body.replaceChildren(...all.slice(0, shown).map((row) => row()));
    more.hidden = shown >= all.length;
    say(count, all.length === 0 ? "None yet." : `The newest ${Math.min(shown, all.length)} of ${all.length}.`);
  };
  more.addEventListener("click", () => {
    shown += ROWS;
    draw();
  });
  return (rows) => {
    all = rows;
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

const showCanaries = listIn("canaries", "Past canaries", [
  ...["activated", "model", "by", "share", "watched", "outcome", "when", "why", "reports"],
]);
const showReports = listIn("reports", "Reports", ["made", "of", "as"]);
const showAudit = listIn("audit", "Audit trail", ["entry", "when", "event", "by", "details"]);

/** Shows past canaries, reports and the audit trail. */
export function showPast({ canaries, reports, audit }: PastView): void {
  showCanaries(canaries.map((each) => () => canaryRow(each)));
  showReports(reports.map((each) => () => reportRow(each)));
  showAudit(audit.map((each) => () => auditRow(each)));
}
