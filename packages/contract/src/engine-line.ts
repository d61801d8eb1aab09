/*
 * The lines of an engine's log that an operator looks for. Our engine writes them; diagnosis and deployment read them
 * in the journal, also those of engines in other languages, behind whatever their logger puts first.
 */

/** How the lines are written. A title has no `]`, and a text is one line without a blank at either end. */
export const engineLine = {
  /** The line that names the running build. */
  build: (build: string): string => `AI_ENGINE_BUILD: ${build}`,
  /** The line in which a part of the engine says that it has started. */
  init: (title: string, text: string): string => `[${title}-INIT] ${text}`,
  /** The line in which a model becomes inactive. */
  failClosed: (title: string, text: string, reason: string): string =>
    `[${title}] QSC FAIL-CLOSED: ${text}; inactive_reason=${reason}`,
} as const;

/** What a line of an engine's log says. */
export type EngineLine = { readonly kind: "build"; readonly build: string } | ModelLine;

/** What a line says of a model. */
export interface ModelLine {
  /** `[X-INIT]`, `QSC FAIL-CLOSED`, `DRIFT DETECTED`, `inactive_reason=` alone. */
  readonly kind: "init" | "fail_closed" | "drift" | "inactive";
  /** As the line names it, which may be another name than the telemetry's; null where it names none. */
  readonly model: string | null;
  /** What it says in words; empty for `drift` and `inactive`, which have no form for them. */
  readonly text: string;
  /** What `inactive_reason=` names; null where the line has none. */
  readonly reason: string | null;
}

/** Characters of a line that are read. */
const MOST_CHARACTERS = 4000;

/** A pattern's groups: `mark`, by which the form is known, and `model` and `text` where the form has them. */
interface Form {
  readonly kind: EngineLine["kind"];
  readonly pattern: RegExp;
}

/** The one whose mark stands first in a line counts: what follows are its words. */
const WITH_WORDS: readonly Form[] = [
  { kind: "build", pattern: /\b(?<mark>AI_ENGINE_BUILD:)\s*(?<text>\S+)/d },
  { kind: "init", pattern: /(?<mark>\[(?<model>[^\]]+)-INIT\])\s*(?<text>.*)$/ds },
  { kind: "fail_closed", pattern: /(?:\[(?<model>[^\]]+)\]\s*)?(?<mark>QSC FAIL-CLOSED):?\s*(?<text>.*)$/ds },
];

/** Looked for where a line has none of those, in this order. */
const WITHOUT_WORDS: readonly Form[] = [
  { kind: "drift", pattern: /(?:\[(?<model>[^\]]+)\].*)?(?<mark>DRIFT DETECTED)/ds },
  { kind: "inactive", pattern: /(?:\[(?<model>[^\]]+)\].*)?\b(?<mark>inactive_reason=)/ds },
];

/** The last of a line: one before it belongs to the words. */
const REASON = /^.*\binactive_reason=(?<reason>[\w-]+)/s;
const REASON_AT_END = /;\s*inactive_reason=[\w-]+\s*$/;

/** What a line of an engine says; null where it has none of the forms. */
export function parseEngineLine(written: string): EngineLine | null {
  const line = written.slice(0, MOST_CHARACTERS);
  const [first] = matches(WITH_WORDS, line).sort((a, b) => a.at - b.at);
  const found = first ?? matches(WITHOUT_WORDS, line)[0];
  if (found === undefined) return null;
  const { kind, model, text } = found;
  if (kind === "build") return { kind, build: text };
  const reason = REASON.exec(line)?.groups?.["reason"] ?? null;
  return { kind, model, text: text.replace(REASON_AT_END, "").trim(), reason };
}

interface Match {
  readonly kind: EngineLine["kind"];
  /** Where its mark begins. */
  readonly at: number;
  readonly model: string | null;
  readonly text: string;
}

function matches(forms: readonly Form[], line: string): Match[] {
  return forms.flatMap(({ kind, pattern }) => {
    const found = pattern.exec(line);
    const at = found?.indices?.groups?.["mark"]?.[0];
    if (found === null || at === undefined) return [];
    return [{ kind, at, model: found.groups?.["model"] ?? null, text: found.groups?.["text"] ?? "" }];
  });
}
