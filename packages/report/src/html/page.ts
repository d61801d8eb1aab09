import type { QscDocument } from "@qsc/contract";
import { outline } from "../outline.js";
import type { Block } from "../blocks.js";
import { drawBlock } from "./blocks-page.js";
import { figuresOf } from "./document-figures.js";
import { drawFigure } from "./draw.js";
import { Markup, markup } from "./markup.js";
import { STYLE, STYLE_HASH } from "./style.js";

/**
 * A document as one page of HTML, without a script and without anything from elsewhere: the verdict, its reasons and the
 * next step first, then plots, each of which is a table as well, and the rest. Text from the telemetry is only
 * displayed, never interpreted.
 * @throws QscError `invalid_option` for what is not a document
 */
export function toHtml(document: QscDocument): string {
  const blocks = outline(document);
  const first = blocks.filter(({ kind, leads }) => kind === "headline" || leads === true);
  const rest = blocks.filter((block) => !first.includes(block));
  const policy = `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${titleOf(blocks)}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${first.map(drawBlock)}${figuresOf(document).map(drawFigure)}${rest.map(drawBlock)}</main>
</body>
</html>
`;
  return page.source;
}

function titleOf(blocks: readonly Block[]): string {
  const headline = blocks.find((block) => block.kind === "headline");
  return headline === undefined ? "QSC" : `${headline.word}: ${headline.text}`;
}
