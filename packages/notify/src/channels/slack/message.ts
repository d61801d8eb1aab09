import type { Notice, Severity } from "../../notice/notice.js";
import { factsOf, headlineOf } from "../../notice/facts.js";

const MARKS: Readonly<Record<Severity, string>> = { info: "🔵", warning: "🟠", critical: "🔴" };
/** Slack refuses longer texts: 150 in a header, 2,000 in a field, 10 fields in a section. */
const MOST_HEADER = 150;
const MOST_FIELD = 2_000;
/** These are read in full; the rest is for later, and stands in small print. */
const LEADING = ["Why", "Done", "Next"];

/**
 * A message of blocks. Every text block is `plain_text` without emoji names, in which Slack interprets nothing: neither
 * a mention nor a link nor markup in a name. `text`, which phones show, is the one place where it would, so that its
 * three control characters are escaped.
 */
export function slackMessage(notice: Notice): object {
  const facts = factsOf(notice);
  const leading = facts.filter(([label]) => LEADING.includes(label));
  const rest = facts.filter(([label]) => !LEADING.includes(label));
  return {
    text: escaped(headlineOf(notice)),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: "header", text: plain(`${MARKS[notice.severity]} ${notice.title}`, MOST_HEADER) },
      ...leading.map(([label, text]) => ({ type: "section", text: plain(`${label}: ${text}`, MOST_FIELD) })),
      { type: "context", elements: rest.map(([label, text]) => plain(`${label}: ${text}`, MOST_FIELD)) },
    ],
  };
}

function plain(text: string, most: number): object {
  const points = [...text];
  const short = points.length <= most ? text : `${points.slice(0, most - 3).join("")}...`;
  return { type: "plain_text", text: short, emoji: false };
}

/** `text` is markup, whose control characters are &, < and >; a name is also kept from looking bold or like code. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[*_~`]/g, "\u200b$&");
}
