import { asQscError } from "@qsc/contract";
import { EXPOSITION_TYPE } from "@qsc/report/metrics";
import type { PastReports } from "@qsc/rollout";
import { words, type Answer } from "./answer.js";

/** What the paths of the console lead to. */
export interface Content {
  /** The page, with its policy. */
  readonly page: () => Answer;
  readonly metrics: () => Promise<string>;
  /** Past canaries, reports and the audit trail, as JSON. */
  readonly past: () => Promise<string>;
  /** How the watched models answer for each symbol, as JSON. */
  readonly segments: () => Promise<string>;
  readonly reports: Pick<PastReports, "read">;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  json: "application/json",
  md: "text/plain; charset=utf-8",
};

/** A report has a style, and nothing that acts: it may be from an earlier version, or be changed by who writes there. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

/** The whole answer to a path. */
export async function route(path: string, content: Content): Promise<Answer> {
  switch (path) {
    case "/":
      return content.page();
    case "/metrics":
      return { status: 200, type: EXPOSITION_TYPE, body: await content.metrics() };
    case "/past.json":
      return { status: 200, type: "application/json", body: await content.past() };
    case "/segments.json":
      return { status: 200, type: "application/json", body: await content.segments() };
    case "/health":
      return words(200, "ok");
    default:
      return path.startsWith("/reports/") ? report(path.slice("/reports/".length), content) : notFound();
  }
}

/** Names are compared as they come: one that is encoded is none of a report. */
async function report(name: string, { reports }: Content): Promise<Answer> {
  try {
    const body = await reports.read(name);
    if (body === null) return notFound();
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "text/plain; charset=utf-8";
    return { status: 200, type, body, policy: REPORT_POLICY };
  } catch (thrown) {
    return words(403, `The report cannot be read: ${asQscError(thrown).message}`);
  }
}

function notFound(): Answer {
  return words(404, "There is nothing here. The console is at /, its metrics are at /metrics.");
}
