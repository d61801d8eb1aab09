// The script of the page. It makes elements and sets texts, and never reads markup: whatever name a model has, it is
// only displayed. Bundled, it is one file without imports.
import type { ConsoleView, PastView, SegmentsView, ViewFact, ViewModel } from "../view/types.js";
import { ago, byId, cell, headOf, make, region, say, type Column } from "./dom.js";
import { showFigures } from "./figures.js";
import { fetched } from "./fetched.js";
import { showPast, showSegments } from "./lists.js";

/** Without a sign of life for this long, what is shown is old. In milliseconds; the server gives one every 2 s. */
const QUIET_MS = 6000;
const RETRY_MS = 2000;

const MODEL_COLUMNS: readonly Column[] = ["model", "role", "weight", "newest answer"].map((title) => ({ title }));
const models = make("tbody");
byId("models").append(region("Models and weights", make("table", {}, headOf(MODEL_COLUMNS), models)));

function modelRow({ model, role, weight, answer, tone }: ViewModel): HTMLElement {
  return make("tr", {}, make("th", { scope: "row" }, model), cell(role), cell(weight), cell(answer, tone));
}

const bar = make("progress", { "aria-label": "Time watched" });
const barText = make("p", { class: "note" });

function showProgress(progress: ConsoleView["progress"]): void {
  if (progress === null) {
    byId("progress").replaceChildren(make("p", { class: "note" }, "No watch is recorded."));
    return;
  }
  if (bar.parentElement === null) byId("progress").replaceChildren(bar, barText);
  bar.setAttribute("max", String(Math.max(1, progress.durationMs)));
  bar.setAttribute("value", String(Math.min(progress.watchedMs, Math.max(1, progress.durationMs))));
  say(barText, progress.text);
}

let facts: readonly ViewFact[] = [];
let factsAt = 0;

/** Redraws what is told as the time since then. */
function tick(): void {
  const passed = performance.now() - factsAt;
  const list = byId("facts");
  if (list.children.length !== 2 * facts.length) {
    list.replaceChildren(...facts.flatMap(() => [make("dt"), make("dd")]));
  }
  for (const [index, { name, text, agoMs }] of facts.entries()) {
    const [term, told] = [list.children[2 * index], list.children[2 * index + 1]];
    if (term === undefined || told === undefined) continue;
    say(term, name);
    say(told, agoMs === undefined ? text : ago(agoMs + passed));
  }
}

function show(view: ConsoleView): void {
  const header = byId("headline");
  header.className = view.headline.tone;
  const word = header.querySelector(".word");
  if (word !== null) say(word, view.headline.word);
  say(byId("text"), view.headline.text);
  const notices = view.notices.map(({ tone, text }) => make("p", { class: `notice ${tone}` }, text));
  byId("notices").replaceChildren(...notices);
  showProgress(view.progress);
  [facts, factsAt] = [view.facts, performance.now()];
  tick();
  showFigures(view.figures);
  models.replaceChildren(...view.models.map(modelRow));
}

const past = fetched("/past.json", ["canaries", "reports", "audit"], (data) => {
  showPast(data as PastView);
});
const segments = fetched("/segments.json", ["segments"], (data) => {
  showSegments(data as SegmentsView);
});

let heardAt: number | null = null;
let lostAt: string | null = null;

/** Says plainly whether what is shown is from now. */
function showLink(): void {
  const isQuiet = heardAt === null || performance.now() - heardAt > QUIET_MS;
  if (!isQuiet && lostAt === null) {
    document.body.className = "";
    say(byId("link"), "Connected: what you see is from now.");
    return;
  }
  if (heardAt === null) return;
  lostAt ??= new Date().toISOString().slice(0, 19);
  document.body.className = "old";
  say(byId("link"), `DISCONNECTED since ${lostAt}Z: what you see is from then, and may be wrong by now.`);
}

function connect(): void {
  const source = new EventSource("/events");
  const heard = (): void => {
    [heardAt, lostAt] = [performance.now(), null];
    showLink();
  };
  source.addEventListener("view", ({ data }: MessageEvent<string>) => {
    const view = JSON.parse(data) as ConsoleView;
    show(view);
    heard();
    past.want(view.past);
    segments.want(view.segments);
  });
  source.addEventListener("alive", heard);
  source.addEventListener("open", () => {
    past.forget();
    segments.forget();
  });
  source.addEventListener("error", () => {
    lostAt ??= new Date().toISOString().slice(0, 19);
    showLink();
    // A refusal ends an event source for good.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(connect, RETRY_MS);
  });
}

connect();
setInterval(() => {
  tick();
  showLink();
  past.retry();
  segments.retry();
}, 1000);
