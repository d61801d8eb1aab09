import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ERROR_CODES } from "@qsc/contract";
import {
  describeRequiring,
  repositoryRoot,
  requireCommands,
  requirePolkit,
  requireRedis,
  requireSystemd,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { qsc } from "../support/qsc.js";
import { OperatorHost } from "./support/operator-host.js";
import { runbookPage, type PageCommand } from "./support/page.js";

const page = runbookPage();
/** Values of the page's commands that are replaced: seconds instead of hours or minutes. */
const SHORTER: readonly (readonly [RegExp, string])[] = [
  [/\b6h\b/g, "6s"],
  [/\b3m\b/g, "5s"],
  [/\b1m\b/g, "1s"],
];

/** Commands that are not a step of a canary's way, and the pages that show them. They have tests of their own. */
const SHOWN_ELSEWHERE: Readonly<Record<string, string>> = {
  console: "docs/see-and-be-told.md",
  notify: "docs/see-and-be-told.md",
  completion: "docs/see-and-be-told.md",
  demo: "README.md",
  judge: "docs/other-teams.md",
  manifest: "packages/fail-closed/README.md",
  verify: "docs/concepts.md",
  attest: "docs/runbook.md",
  worker: "docs/scale-out.md",
  fleet: "docs/scale-out.md",
  hold: "docs/scale-out.md",
  "judge-server": "docs/http-judge.md",
};

describe("docs/runbook.md", () => {
  test("every command says how it ends", () => {
    expect(page.commands.length).toBeGreaterThan(20);
    expect(page.commands.filter(({ exit }) => exit === null).map(({ text }) => text)).toEqual([]);
  });

  test("every command of a canary's way is run by the page; each other one has a page of its own", async () => {
    const { err } = await qsc([], { cwd: repositoryRoot });
    const names = (/name a command: ([\w, -]+)/.exec(err)?.[1] ?? "").split(", ");
    expect(names.length).toBeGreaterThan(10);
    for (const name of names.filter((each) => !Object.hasOwn(SHOWN_ELSEWHERE, each)))
      expect(
        page.commands.some(({ text }) => text.includes(`qsc ${name} `) || text.includes(`qsc ${name})`)),
        name,
      ).toBe(true);
    for (const [name, other] of Object.entries(SHOWN_ELSEWHERE))
      expect(readFileSync(join(repositoryRoot, other), "utf8")).toContain(`qsc ${name} `);
  });

  test("the reader's own values are the five that the test replaces", () => {
    expect(page.yours.map((line) => line.split("=")[0])).toEqual(["WORKDIR", "SOURCE", "REPO", "COMMIT", "MODEL"]);
  });

  test("every refusal of qsc has its place, and every quoted sentence is in the code", () => {
    const [, refusals = ""] = /\n## Refusals\n([^]*?)\n## /.exec(page.text) ?? [];
    const codes = Object.entries(ERROR_CODES)
      .filter(([, exit]) => exit === 2)
      .map(([code]) => code);
    const left = codes.filter(
      (code) => !["sink_failed", "interrupted"].includes(code) && !refusals.includes(`\`${code}\``),
    );
    expect(left, "codes without a place").toEqual([]);
    const source = sourceText();
    const quoted = refusals
      .split("\n")
      .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text));
    expect(quoted.length).toBeGreaterThan(30);
    const unknown = quoted.filter((sentence) => sentence.split("...").some((part) => !source.includes(part.trim())));
    expect(unknown, "sentences that no code says").toEqual([]);
  });
});

describeRequiring(requireSystemd(), "the commands of docs/runbook.md, as they are written", () => {
  describeRequiring(requirePolkit(), "by the user qsc, with a real polkit", () => {
    describeRequiring(requireRedis(), "on a real Redis", () => {
      describeRequiring(requireCommands("git", "redis-cli"), "from a git checkout", () => {
        let host: OperatorHost;
        beforeAll(async () => {
          host = await OperatorHost.start();
        });
        afterAll(() => host[Symbol.asyncDispose]());

        test("root's, once", async () => {
          await expectAsWritten(host, "root");
        });

        test("the operator's, in one session", async () => {
          await expectAsWritten(host, "operator");
        });
      });
    });
  });
});

async function expectAsWritten(host: OperatorHost, by: PageCommand["by"]): Promise<void> {
  const yours = Object.entries({
    WORKDIR: host.workdir,
    SOURCE: host.redis.url,
    REPO: host.repository,
    COMMIT: host.commit,
    MODEL: "patchtst",
  });
  const commands = page.commands
    .filter((command) => command.by === by)
    .map((command) => ({ ...command, text: shorter(command.text) }));
  const ended = await host.run(
    by,
    yours.map(([name, value]) => `${name}=${value}`),
    commands,
  );
  const last = ended.at(-1);
  expect(
    ended.map(({ text, exit }) => [text, exit]),
    `the last one printed:\n${last?.output ?? ""}`,
  ).toEqual(commands.map(({ text, exit }) => [text, exit]));
}

function shorter(text: string): string {
  return SHORTER.reduce((shortened, [pattern, value]) => shortened.replaceAll(pattern, value), text);
}

/** All text that an operator could be shown. */
function sourceText(): string {
  return ["packages", "apps/qsc"]
    .flatMap((place) => {
      const directory = join(repositoryRoot, place);
      const names = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) =>
        /^(?:[\w-]+\/)?src\/.*\.ts$/.test(name),
      );
      return names.map((name) => readFileSync(join(directory, name), "utf8"));
    })
    .join("\n");
}
