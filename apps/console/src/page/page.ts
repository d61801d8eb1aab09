import { createHash } from "node:crypto";
import { Markup, markup } from "@qsc/report/live";
import type { Answer } from "../http/answer.js";
import { PAGE_STYLE } from "./style.js";

/** What stands on the page before its script has run. */
interface PageWords {
  readonly unit: string;
  readonly machine: string;
  readonly toolVersion: string;
}

/**
 * The page. Its style and its script are permitted by their hashes, and nothing else is: no text that the script is
 * given can become markup (it also runs under trusted types, of which it makes none).
 */
export function pageOf({ unit, machine, toolVersion }: PageWords, script: string): Answer {
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(PAGE_STYLE)}'`,
    `script-src '${hashOf(script)}'`,
    "connect-src 'self'",
    // The empty icon, without which a browser asks for one.
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>QSC console: ${unit}</title>
<link rel="icon" href="data:,">
<style>${new Markup(PAGE_STYLE)}</style>
</head>
<body>
<a class="skip" href="#watch">To the watch</a>
<header id="headline" class="unknown"><p class="word">CONNECTING</p><h1>${unit} on ${machine}</h1><p id="text" role="status">Nothing is known yet.</p></header>
<p id="link" role="status">Not connected yet.</p>
<noscript><p>This page needs its script to show what changes. Without it: qsc status, qsc history, and /metrics.</p></noscript>
<nav aria-label="Sections"><ul><li><a href="#watch">Watch</a></li><li><a href="#models">Models</a></li><li><a href="#segments">Symbols</a></li><li><a href="#canaries">Past canaries</a></li><li><a href="#reports">Reports</a></li><li><a href="#audit">Audit trail</a></li></ul></nav>
<main>
<section id="notices" aria-label="What deserves a look"></section>
<section id="watch"><h2>Watch</h2><div id="progress"></div><dl id="facts"></dl></section>
<div id="figures"></div>
<section id="models"><h2>Models and weights</h2></section>
<section id="segments"><h2>Symbols</h2></section>
<section id="canaries"><h2>Past canaries</h2></section>
<section id="reports"><h2>Reports</h2></section>
<section id="audit"><h2>Audit trail</h2></section>
</main>
<footer>qsc ${toolVersion}. This console only shows: nothing here can act on the engine.</footer>
${scriptElement(script)}
</body>
</html>
`;
  return { status: 200, type: "text/html; charset=utf-8", body: page.source, policy };
}

/** In two pieces: a bundler takes one for the end of a script around this one. */
const SCRIPT_END = ["<", "/script>"].join("");

function scriptElement(script: string): Markup {
  return new Markup(`<script type="module">${script}${SCRIPT_END}`);
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
