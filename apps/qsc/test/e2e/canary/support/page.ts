import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@qsc-tooling/testkit";

/** Who a command of the runbook is for, or what its reader has to fill in. */
type Kind = "yours" | "root" | "operator";

/** A command of the page, as it is written there. */
export interface PageCommand {
  readonly by: Exclude<Kind, "yours">;
  /** With its comment, which says how it ends. */
  readonly text: string;
  /** Null if the page does not say how it ends. */
  readonly exit: number | null;
}

export interface Page {
  readonly text: string;
  /** The lines whose values are the reader's. */
  readonly yours: readonly string[];
  /** In the order of the page. */
  readonly commands: readonly PageCommand[];
}

const BLOCK = /^```sh(?: (?<kind>\w+))?\n(?<body>[^]*?)^```$/gm;

/** The operator's page, and all of its `sh` blocks. */
export function runbookPage(): Page {
  const text = readFileSync(join(repositoryRoot, "docs/runbook.md"), "utf8");
  const blocks = [...text.matchAll(BLOCK)].map(({ groups }) => ({
    kind: kindOf(groups?.["kind"]),
    lines: linesOf(groups?.["body"] ?? ""),
  }));
  return {
    text,
    yours: blocks.flatMap(({ kind, lines }) => (kind === "yours" ? lines : [])),
    commands: blocks.flatMap(({ kind, lines }) =>
      kind === "yours" ? [] : lines.map((line) => ({ by: kind, text: line, exit: exitOf(line) })),
    ),
  };
}

function kindOf(word = "operator"): Kind {
  if (word === "yours" || word === "root" || word === "operator") return word;
  throw new Error(`the page has a block for '${word}', which is unknown`);
}

/** A line is a command, or a part of one that a backslash continues. */
function linesOf(body: string): readonly string[] {
  return body.split(/(?<!\\)\n/).filter((line) => line.trim() !== "");
}

function exitOf(line: string): number | null {
  const [, exit] = /\s# exit (\d)\b/.exec(line) ?? [];
  return exit === undefined ? null : Number(exit);
}
