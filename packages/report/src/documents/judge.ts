import type { JudgeDocument, JudgedProfile } from "@qsc/contract";
import type { Block } from "../blocks.js";
import { segmentBlocks } from "./segments.js";
import { checkTable, headline, modelFindings, modelTable, reasons } from "./shared.js";

/** The report of a judgement of predictions. */
export function judgeBlocks(document: JudgeDocument): readonly Block[] {
  const [model] = document.models;
  const limits = document.profile.name === "built-in" ? "built-in limits" : `profile ${document.profile.name}`;
  return [
    headline(`predictions of ${model?.model ?? "no model"}, ${limits}`, document),
    facts(document),
    ...reasons(document),
    ...laxer(document.profile),
    ...warnings(document),
    ...modelTable("Model", document.models),
    ...modelFindings(document.models),
    ...segmentBlocks(document.models),
    ...rejected(document),
    checkTable("Checks", model?.checks ?? []),
    {
      kind: "facts",
      rows: [
        ["judged at", judgedAt(document)],
        ["digest", document.digest],
      ],
    },
  ];
}

function facts({ source, oldest, newest, counts, profile, reference }: JudgeDocument): Block {
  const rows: (readonly [string, string] | null)[] = [
    ["source", source],
    oldest === null || newest === null ? null : ["time", `${oldest} .. ${newest}`],
    ["rows", `${counts.read} read, ${counts.rejected} rejected, ${counts.judged} judged`],
    ["profile", `${profile.name} (${profile.source}) ${profile.hash.slice(0, 12)}`],
    ["score", describeScore(profile)],
    reference === null ? null : ["reference", `${reference.source}, ${reference.predictions} predictions`],
  ];
  return { kind: "facts", rows: rows.filter((row) => row !== null) };
}

function describeScore({ score }: JudgedProfile): string {
  return typeof score === "string" ? score : `a number from ${score.low} to ${score.high}`;
}

/** What the profile allows that the built-in limits forbid: the reader of a pass has to know it. */
function laxer({ laxer: limits, notJudged }: JudgedProfile): readonly Block[] {
  const items = [
    ...limits.map(({ key, limit, builtIn }) => ({
      tone: "unknown" as const,
      label: key,
      text: `${limit}; the built-in limit is ${builtIn}`,
    })),
    ...(notJudged.length === 0
      ? []
      : [{ tone: "unknown" as const, label: "not judged", text: `${notJudged.join(", ")}: there are no labels` }]),
  ];
  return items.length === 0 ? [] : [{ kind: "findings", title: "Laxer than the built-in limits", items, leads: true }];
}

function warnings({ warnings: all }: JudgeDocument): readonly Block[] {
  if (all.length === 0) return [];
  const items = all.map((text) => ({ tone: "unknown" as const, label: "", text }));
  return [{ kind: "findings", title: "Warnings", items, leads: true }];
}

function rejected({ rejected: rows }: JudgeDocument): readonly Block[] {
  if (rows.length === 0) return [];
  const items = rows.map(({ reason, count, sample }) => ({
    tone: "bad" as const,
    label: `${count} x`,
    text: `${reason}${sample === null ? "" : `, first ${sample}`}`,
  }));
  return [{ kind: "findings", title: "Rejected rows", items }];
}

function judgedAt({ judgedAt: at, host, toolVersion }: JudgeDocument): string {
  return `${at}${host === "" ? "" : ` on ${host}`}${toolVersion === "" ? "" : ` by qsc ${toolVersion}`}`;
}
