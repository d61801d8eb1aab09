import type { JournalFinding } from "@qsc/contract";

/** Reasons that are told apart, of one kind; what else there is counts as one. */
const MOST_REASONS = 100;
const FURTHER = "further reasons";
/** Characters of a line that are read; of a reason, and of a line, that are kept. */
const LINE_LENGTH = 4000;
const REASON_LENGTH = 200;
const SAMPLE_LENGTH = 500;

interface Form {
  readonly kind: JournalFinding["kind"];
  readonly pattern: RegExp;
}

/**
 * The lines of an engine that an operator looks for; the first that a line has the form of counts. Groups: `model`, and
 * `reason` in the words of the line.
 */
const FORMS: readonly Form[] = [
  { kind: "init", pattern: /\[(?<model>[^\]]+)-INIT\]\s*(?<reason>.*)$/ },
  { kind: "fail_closed", pattern: /(?:\[(?<model>[^\]]+)\]\s*)?QSC FAIL-CLOSED:?\s*(?<reason>.*)$/ },
  { kind: "drift", pattern: /(?:\[(?<model>[^\]]+)\].*)?DRIFT DETECTED(?<reason>)/ },
  { kind: "inactive", pattern: /(?:\[(?<model>[^\]]+)\].*)?(?<reason>)\binactive_reason=/ },
];
const BUILD = /\bAI_ENGINE_BUILD:\s*(\S+)/;
const REASON = /\binactive_reason=([\w-]+)/;

/** Counts the lines of one start of an engine that say what became of its models. Memory is bounded. */
export class EngineLines {
  readonly #findings = new Map<string, JournalFinding>();
  #build: string | null = null;
  #lines = 0;

  add(text: string): void {
    const line = text.slice(0, LINE_LENGTH);
    this.#lines += 1;
    this.#build = BUILD.exec(line)?.[1]?.slice(0, REASON_LENGTH) ?? this.#build;
    for (const { kind, pattern } of FORMS) {
      const groups = pattern.exec(line)?.groups;
      if (groups === undefined) continue;
      this.#count(kind, groups["model"]?.slice(0, REASON_LENGTH) ?? null, reasonOf(line, kind, groups["reason"] ?? ""), line);
      return;
    }
  }

  /** Lines so far, of any kind. */
  get lines(): number {
    return this.#lines;
  }

  /** What the engine says it was built from; null where it does not. */
  get build(): string | null {
    return this.#build;
  }

  /** The most frequent first; start-up lines in their order. */
  get findings(): readonly JournalFinding[] {
    const all = [...this.#findings.values()];
    const rest = all.filter(({ kind }) => kind !== "init").sort((a, b) => b.count - a.count);
    return [...rest, ...all.filter(({ kind }) => kind === "init")];
  }

  #count(kind: JournalFinding["kind"], model: string | null, reason: string, line: string): void {
    const exact = JSON.stringify([kind, model, reason]);
    const isNew = !this.#findings.has(exact);
    const isTooMuch = isNew && [...this.#findings.values()].filter((finding) => finding.kind === kind).length >= MOST_REASONS;
    const key = isTooMuch ? kind : exact;
    const found = this.#findings.get(key);
    this.#findings.set(key, {
      kind,
      model: isTooMuch ? null : model,
      reason: isTooMuch ? FURTHER : reason,
      count: (found?.count ?? 0) + 1,
      sample: found?.sample ?? line.slice(0, SAMPLE_LENGTH),
    });
  }
}

/** The code of a reason, where the line has one; else its words. */
function reasonOf(line: string, kind: JournalFinding["kind"], words: string): string {
  const code = REASON.exec(line)?.[1];
  if (code !== undefined) return code;
  const said = words.trim().slice(0, REASON_LENGTH);
  return said === "" ? kind.replace("_", " ") : said;
}

/** Whether a name in the journal (`XGB`) means a model of the telemetry (`xgboost`). */
export function meansModel(name: string, model: string): boolean {
  const [short, long] = [name, model].map((text) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "")).sort((a, b) => a.length - b.length);
  return short !== undefined && short !== "" && (short === long || (short.length >= 3 && long?.startsWith(short) === true));
}
