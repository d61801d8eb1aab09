import type { Notice, Severity } from "../../notice/notice.js";
import { factsOf, headlineOf } from "../../notice/facts.js";

/** The parts of a mail that depend on its notice. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same for the same notice: a mail program shows a repeated message once, or both together. */
  readonly messageId: string;
  readonly date: Date;
  readonly headers: Readonly<Record<string, string>>;
}

const COLOURS: Readonly<Record<Severity, string>> = { info: "#2b6cb0", warning: "#b7791f", critical: "#c53030" };
/** The longest subject that mail programs show in full somewhere; the text repeats it. */
const MOST_SUBJECT = 200;

/** A notice as a mail: the same words as text and as HTML. Its texts hold no line break, so that none begins a header. */
export function mailOf(notice: Notice): Mail {
  const { key, severity, at, host, title, isTest } = notice;
  const facts = factsOf(notice);
  const width = Math.max(...facts.map(([label]) => label.length));
  const rows = facts.map(
    ([label, text]) =>
      `<tr><th align="left" valign="top" style="padding:4px 12px 4px 0">${html(label)}</th><td style="padding:4px 0;word-break:break-word">${html(text)}</td></tr>`,
  );
  return {
    subject: `[qsc] ${headlineOf(notice)}`.slice(0, MOST_SUBJECT),
    text: [title, "", ...facts.map(([label, text]) => `${`${label}:`.padEnd(width + 2)}${text}`), ""].join("\n"),
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${html(title)}</title></head><body style="font-family:sans-serif"><h2 style="border-left:6px solid ${COLOURS[severity]};padding-left:10px">${html(title)}</h2><table>${rows.join("")}</table></body></html>`,
    messageId: `<${key}@${host.replace(/[^A-Za-z0-9.-]/g, "-") || "qsc"}>`,
    date: new Date(at),
    headers: {
      "X-Qsc-Key": key,
      // No answering machine replies, and no such reply is answered.
      "Auto-Submitted": "auto-generated",
      ...(severity === "critical" && !isTest && { Importance: "high" }),
    },
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function html(text: string): string {
  return text.replace(/[&<>"']/g, (found) => ENTITIES[found] ?? "");
}
