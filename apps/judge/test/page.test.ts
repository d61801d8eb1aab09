import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { REQUEST_REFUSALS } from "../src/http/refusal.js";
import { LIMITS } from "../src/limits.js";
import { ROUTES } from "../src/routes/table.js";

const PAGE = join(repositoryRoot, "docs/http-judge.md");

/** The page with its tables made of the code's, which `vitest run apps/judge/test/page.test.ts -u` writes. */
function withTables(page: string): string {
  const codes = Object.entries(REQUEST_REFUSALS).map(
    ([code, { status, means }]) => `| ${status} | \`${code}\` | ${means} |`,
  );
  const refusals = ["| status | code | means |", "|---|---|---|", ...codes].join("\n");
  return between(between(page, "refusals", refusals), "limits", limits());
}

function limits(): string {
  const mib = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;
  const seconds = (ms: number): string => `${ms / 1000} s`;
  const rows = [
    ["a body, as it is sent", mib(LIMITS.bodyBytes)],
    ["a body, after decompression", mib(LIMITS.textBytes)],
    ["the body of a webhook or measurement", `${LIMITS.questionBytes / 1024} KiB`],
    ["that body, until it is there", seconds(LIMITS.questionMs)],
    ["Flagger's hook `rollback`, which then rolls back", seconds(LIMITS.rollbackMs)],
    ["one prediction", "1 MiB"],
    ["predictions of a body with `time`", LIMITS.sortedRows.toLocaleString("en")],
    ["a request, from its headers to its answer", seconds(LIMITS.requestMs)],
    ["what is under way after `SIGTERM`", seconds(LIMITS.drainMs)],
    ["connections", String(LIMITS.connections)],
    ["bodies that are judged at a time", String(LIMITS.judgements)],
    ["questions about the telemetry at a time, and waiting", `${LIMITS.verdicts}, ${LIMITS.waitingVerdicts}`],
    ["requests a second of a token without a `rate`", String(LIMITS.rate)],
  ].map(([what = "", most = ""]) => `| ${what} | ${most} |`);
  return ["| of | at most |", "|---|---|", ...rows].join("\n");
}

function between(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`the page has no ${begin.trim()}`);
  return `${page.slice(0, from)}${begin}\n${text}\n\n${page.slice(to)}`;
}

test("the page has the refusals and limits of the code", async () => {
  await expect(withTables(await readFile(PAGE, "utf8"))).toMatchFileSnapshot(PAGE);
});

test("the page has every route", async () => {
  const page = await readFile(PAGE, "utf8");
  const shown = ROUTES.map(
    ({ method, path }) => `\`${method} ${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase())}\``,
  );
  for (const route of shown) expect(page).toContain(route);
});
